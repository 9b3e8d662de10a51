/** What the SDK adds to a process: start-up and memory, with 32 types and a million sources. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc');
const held = () => {
  for (let i = 0; i < 4; i += 1) gc();
  const { heapUsed, arrayBuffers, external, rss } = process.memoryUsage();
  return { bytes: heapUsed + Math.max(arrayBuffers, external), rss };
};
const before = held();
const startMs = performance.now();
const startCpu = process.cpuUsage();
const { createProducer } = await import('../../dist/src/sdk.js');
const producer = createProducer({ pool: 'bench', bus: { append: () => Promise.resolve() }, intervalMs: 3_600_000 });
producer.middleware();
const startedMs = performance.now() - startMs;
const { user, system } = process.cpuUsage(startCpu);
const nowMs = Date.now();
for (let i = 0; i < 1_000_000; i += 1) producer.recorder.record(nowMs, 0.001, 1_000, 500, `source-${i}`, `type-${i % 32}`);
const after = held();
console.log(
  JSON.stringify({
    startedMs,
    startCpuMs: (user + system) / 1_000,
    heldBytes: after.bytes - before.bytes,
    rssBytes: after.rss - before.rss,
  }),
);
process.exit(0);
