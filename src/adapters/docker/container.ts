import { dockerSize } from './engine-api.ts';
import type { ContainerSize, DockerPoolSettings } from './settings.ts';

/** What makes a container ours; one without them is never touched. */
export const POOL_LABEL = 'forescale.pool';
const ORDINAL_LABEL = 'forescale.replica';
const PORT_LABEL = 'forescale.port';
const SIZE_LABEL = 'forescale.size';
const WRITE_LABEL = 'forescale.write';
const GENERATION_LABEL = 'forescale.generation';
const COUNT_LABEL = 'forescale.replicas';
/** Of a write that asked for a size: what the config said then. Who changes the config is heard. */
const INSTEAD_LABEL = 'forescale.size.instead';

/** One replica, by the list of the engine. */
export interface ReplicaRow {
  readonly id: string;
  readonly name: string;
  readonly ordinal: number;
  readonly port: number;
  readonly state: 'created' | 'running' | 'gone' | 'other';
  /** In words, e.g. `Exited (1) 3 seconds ago`. */
  readonly status: string;
  /** That it was made with. */
  readonly sizeText: string;
}

/**
 * One write, kept as a container that is never started: a name can be made only once, so of two who write from the same
 * number exactly one does.
 */
export interface WriteRow {
  readonly id: string;
  readonly number: number;
  readonly generation: number;
  readonly replicas: number;
  /** What replicas are to have in the place of what the config says, while it says that. */
  readonly size?: WrittenSize;
}

export interface WrittenSize {
  readonly size: ContainerSize;
  /** Text of what the config said. */
  readonly instead: string;
}

export interface Rows {
  readonly replicas: readonly ReplicaRow[];
  /** Newest first. */
  readonly writes: readonly WriteRow[];
}

export function readRows(list: readonly unknown[], pool: string): Rows {
  const replicas: ReplicaRow[] = [];
  const writes: WriteRow[] = [];
  for (const item of list) {
    const { id, name, state, status, labels } = fieldsOf(item);
    if (id === undefined || labels[POOL_LABEL] !== pool) continue;
    const [number, ordinal] = [countOf(labels[WRITE_LABEL]), countOf(labels[ORDINAL_LABEL])];
    const [generation, count] = [countOf(labels[GENERATION_LABEL]), countOf(labels[COUNT_LABEL])];
    if (number !== undefined && generation !== undefined && count !== undefined)
      writes.push({ id, number, generation, replicas: count, ...writtenSize(labels) });
    else if (ordinal !== undefined) {
      const port = countOf(labels[PORT_LABEL]) ?? 0;
      replicas.push({ id, name, ordinal, port, state: stateOf(state), status, sizeText: labels[SIZE_LABEL] ?? '' });
    }
  }
  replicas.sort((a, b) => a.ordinal - b.ordinal);
  writes.sort((a, b) => b.number - a.number);
  return { replicas, writes };
}

export const replicaName = (pool: string, ordinal: number): string => `forescale.${pool}.${ordinal}`;
export const writeName = (pool: string, number: number): string => `forescale.${pool}.write.${number}`;
export const textOfSize = ({ cpus, memoryBytes }: ContainerSize): string => `${cpus ?? ''}/${memoryBytes ?? ''}`;

/** What replicas are to have: what the latest write says, unless the config says something else since. */
export function sizeWanted({ writes }: Rows, { size }: DockerPoolSettings): ContainerSize {
  const written = writes[0]?.size;
  return written !== undefined && written.instead === textOfSize(size) ? written.size : size;
}

export function writeBody(settings: DockerPoolSettings, { number, generation, replicas, size }: Omit<WriteRow, 'id'>): object {
  return {
    Image: settings.image,
    Cmd: ['forescale'],
    Labels: {
      [POOL_LABEL]: settings.pool,
      [WRITE_LABEL]: String(number),
      [GENERATION_LABEL]: String(generation),
      [COUNT_LABEL]: String(replicas),
      ...(size === undefined ? {} : { [SIZE_LABEL]: textOfSize(size.size), [INSTEAD_LABEL]: size.instead }),
    },
    HostConfig: { NetworkMode: 'none' },
  };
}

export function replicaBody(settings: DockerPoolSettings, size: ContainerSize, ordinal: number, port: number): object {
  const { pool, image, command, env, labels, network, containerPort, mounts, ulimits } = settings;
  const isHost = network === 'host';
  const inner = isHost ? port : containerPort;
  const exposed = `${containerPort}/tcp`;
  const identity = { PORT: String(inner), FORESCALE_POOL: pool, FORESCALE_REPLICA: `${pool}-${ordinal}` };
  return {
    Image: image,
    ...(command === undefined ? {} : { Cmd: command }),
    Env: Object.entries({ ...env, ...identity }).map(([name, value]) => `${name}=${value}`),
    Labels: {
      ...labels,
      [POOL_LABEL]: pool,
      [ORDINAL_LABEL]: String(ordinal),
      [PORT_LABEL]: String(port),
      [SIZE_LABEL]: textOfSize(size),
    },
    ...(isHost ? {} : { ExposedPorts: { [exposed]: {} } }),
    HostConfig: {
      NetworkMode: network,
      ...(isHost ? {} : { PortBindings: { [exposed]: [{ HostIp: '127.0.0.1', HostPort: String(port) }] } }),
      Binds: mounts,
      Ulimits: Object.entries(ulimits).map(([Name, value]) => ({ Name, Soft: value, Hard: value })),
      ...dockerSize(size),
    },
  };
}

function writtenSize(labels: Readonly<Record<string, string>>): Pick<WriteRow, 'size'> {
  const [, cpus, memoryBytes] = /^(\d+(?:\.\d+)?)\/(\d+)$/.exec(labels[SIZE_LABEL] ?? '') ?? [];
  if (cpus === undefined || memoryBytes === undefined) return {};
  return { size: { size: { cpus: Number(cpus), memoryBytes: Number(memoryBytes) }, instead: labels[INSTEAD_LABEL] ?? '' } };
}

function fieldsOf(item: unknown) {
  const row = (typeof item === 'object' && item !== null ? item : {}) as Readonly<Record<string, unknown>>;
  const labels = typeof row['Labels'] === 'object' && row['Labels'] !== null ? (row['Labels'] as Readonly<Record<string, string>>) : {};
  const names: readonly unknown[] = Array.isArray(row['Names']) ? row['Names'] : [];
  return {
    id: typeof row['Id'] === 'string' ? row['Id'] : undefined,
    name: typeof names[0] === 'string' ? names[0].replace(/^\//, '') : '',
    state: row['State'],
    status: typeof row['Status'] === 'string' ? row['Status'] : '',
    labels,
  };
}

function stateOf(state: unknown): ReplicaRow['state'] {
  if (state === 'running') return 'running';
  if (state === 'created' || state === 'configured' || state === 'initialized') return 'created';
  return state === 'exited' || state === 'dead' || state === 'stopped' ? 'gone' : 'other';
}

function countOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
