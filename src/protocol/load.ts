import type { Load } from './observation.ts';

/** Two loads as one. Apart from the schema, which needs a library that services should not have to load. */
export function sumOfLoads(a: Load, b: Load): Load {
  return {
    requests: a.requests + b.requests,
    cpuSeconds: a.cpuSeconds + b.cpuSeconds,
    memoryBytes: a.memoryBytes + b.memoryBytes,
    networkBytes: a.networkBytes + b.networkBytes,
  };
}
