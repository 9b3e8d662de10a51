/** What the system bounds processes by, where it has that and lets us: control groups of Linux, version 1 or 2. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Of one replica with everything that it starts. */
export interface ProcessBounds {
  readonly cores?: number;
  readonly memoryBytes?: number;
}

/** Holds one replica. */
export interface ControlGroup {
  /** A process is in it once its number was written into each of these files. */
  readonly joinFiles: readonly string[];
  /** Whether something in it was ended because its memory was used up. */
  ranOutOfMemory(): boolean;
  /** False while something is still in it. */
  remove(): boolean;
}

export interface ControlGroups {
  /** Throws when the system refuses. */
  create(name: string, bounds: ProcessBounds): ControlGroup;
}

export interface ControlGroupsOptions {
  /** Where groups are mounted. Default `/sys/fs/cgroup`. */
  readonly root?: string;
  /** What the system says of this process's own groups. Default `/proc/self/cgroup`. */
  readonly own?: string;
  readonly pid?: number;
}

const PERIOD_US = 100_000;
const PREFIX = 'forescale-';

/** Groups under the ones that this process is in, so that bounds of its own hold for all. */
export function createControlGroups(options: ControlGroupsOptions = {}): ControlGroups {
  const { root = '/sys/fs/cgroup', pid = process.pid } = options;
  const own = options.own ?? readFileSync('/proc/self/cgroup', 'utf8');
  const isSecond = existsSync(join(root, 'cgroup.controllers'));
  const swept = new Set<string>();
  /** Of a node that was killed: nobody else removes them. */
  const sweep = (parent: string): void => {
    if (swept.has(parent)) return;
    swept.add(parent);
    for (const name of readdirSync(parent)) {
      const [, owner] = /^forescale-(\d+)-/.exec(name) ?? [];
      if (owner !== undefined && Number(owner) !== pid && !existsSync(`/proc/${owner}`)) tryRemove(join(parent, name));
    }
  };
  const make = (parent: string, name: string, files: Readonly<Record<string, string>>): string => {
    sweep(parent);
    const folder = join(parent, `${PREFIX}${pid}-${name}`);
    mkdirSync(folder, { recursive: true });
    for (const [file, value] of Object.entries(files)) writeFileSync(join(folder, file), value);
    return folder;
  };

  const createFirst = (name: string, { cores, memoryBytes }: ProcessBounds): ControlGroup => {
    const folders: string[] = [];
    const of = (controller: string): string => join(root, controller, ownPath(own, controller));
    if (cores !== undefined)
      folders.push(make(of('cpu'), name, { 'cpu.cfs_period_us': String(PERIOD_US), 'cpu.cfs_quota_us': String(quotaOf(cores)) }));
    const memory =
      memoryBytes === undefined ? undefined : make(of('memory'), name, { 'memory.limit_in_bytes': String(Math.ceil(memoryBytes)) });
    if (memory !== undefined) folders.push(memory);
    return groupOf(folders, memory && join(memory, 'memory.oom_control'));
  };

  const createSecond = (name: string, { cores, memoryBytes }: ProcessBounds): ControlGroup => {
    const path = ownPath(own, '');
    const wanted = [...(cores === undefined ? [] : ['cpu']), ...(memoryBytes === undefined ? [] : ['memory'])];
    // A group that has processes cannot share with groups below it: then the one above does.
    const parent = [path, dirname(path)].map((one) => join(root, one)).find((one) => canShare(one, wanted));
    if (parent === undefined) throw new Error(`no group of this process may share ${wanted.join(' and ')} (systemd: Delegate=yes)`);
    const folder = make(parent, name, {
      ...(cores === undefined ? {} : { 'cpu.max': `${quotaOf(cores)} ${PERIOD_US}` }),
      ...(memoryBytes === undefined ? {} : { 'memory.max': String(Math.ceil(memoryBytes)) }),
    });
    return groupOf([folder], memoryBytes === undefined ? undefined : join(folder, 'memory.events'));
  };
  return { create: isSecond ? createSecond : createFirst };
}

function groupOf(folders: readonly string[], events: string | undefined): ControlGroup {
  return {
    joinFiles: folders.map((folder) => join(folder, 'cgroup.procs')),
    ranOutOfMemory: () => events !== undefined && /^oom_kill [1-9]/m.test(readOr(events, '')),
    remove: () => folders.map(tryRemove).every(Boolean),
  };
}

/** Of a line `number:controllers:path`; version 2 has one without controllers. */
function ownPath(own: string, controller: string): string {
  for (const line of own.split('\n')) {
    const [, controllers = '', path = '/'] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers.split(',').includes(controller)) return path;
  }
  return '/';
}

function canShare(folder: string, controllers: readonly string[]): boolean {
  const file = join(folder, 'cgroup.subtree_control');
  const missing = controllers.filter((one) => !readOr(file, '').split(/\s+/).includes(one));
  if (missing.length === 0) return existsSync(file);
  try {
    writeFileSync(file, missing.map((one) => `+${one}`).join(' '));
    return true;
  } catch {
    return false;
  }
}

function quotaOf(cores: number): number {
  // The least that the system takes is a millisecond.
  return Math.max(1_000, Math.round(cores * PERIOD_US));
}

function readOr(file: string, otherwise: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return otherwise;
  }
}

function tryRemove(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT';
  }
}
