import type { ReplicaSize, Resource } from '../protocol/resource.ts';

/** Figures as people say them: about three significant digits, units that fit. */

export function replicasText(count: number): string {
  return count === 1 ? '1 replica' : `${count} replicas`;
}

const LOAD_TEXTS: Readonly<Record<Resource, (load: number) => string>> = {
  requests: (load) => `${figure(load)} requests/s`,
  cpu: (load) => (load >= 10_000 ? `${figure(load / 1_000)} cores` : `${figure(load)} millicores`),
  memory: bytesText,
  network: (load) => `${bytesText(load)}/s`,
};

export function loadText(resource: Resource, load: number): string {
  return LOAD_TEXTS[resource](load);
}

const RESOURCE_TEXTS: Readonly<Record<Resource, string>> = {
  requests: 'requests',
  cpu: 'CPU',
  memory: 'memory',
  network: 'network traffic',
};

/** A resource with what it does: "requests stay", "CPU stays". The verb as it is said of many. */
export function doesText(resource: Resource, verb: string): string {
  return `${RESOURCE_TEXTS[resource]} ${resource === 'requests' ? verb : `${verb}s`}`;
}

/** Decimal units, as disks and networks are sold. */
export function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  return `${figure(value)} ${units[unit] ?? 'B'}`;
}

export function sizeText({ cpuMillicores, memoryBytes }: ReplicaSize): string {
  return `${loadText('cpu', cpuMillicores)} and ${bytesText(memoryBytes)}`;
}

export function durationText(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${figure(ms / 1_000)} s`;
  if (ms < 7_200_000) return `${figure(ms / 60_000)} min`;
  return `${figure(ms / 3_600_000)} h`;
}

/** "14:05:30Z", or "14:05Z" on the minute. */
export function clockText(atMs: number): string {
  const iso = new Date(atMs).toISOString();
  return atMs % 60_000 === 0 ? `${iso.slice(11, 16)}Z` : `${iso.slice(11, 19)}Z`;
}

export function percentText(share: number): string {
  return `${figure(share * 100)}%`;
}

/** Three significant digits, never an exponent. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size >= 100) return String(Math.round(value));
  if (size < 1e-6) return '0';
  return String(Number(value.toPrecision(3)));
}
