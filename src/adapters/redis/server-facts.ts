/** What a Redis server is set to, and whether it may carry a cluster. */
export interface ServerFacts {
  readonly version: string;
  readonly role: string;
  readonly hasAppendOnlyFile: boolean;
  /** Bytes; 0: no limit. */
  readonly maxMemoryBytes: number;
  readonly evictionPolicy: string;
  readonly replicas: number;
  readonly usedMemoryBytes: number;
  /** `ok`, or what the last write of the append-only file met. */
  readonly appendOnlyStatus: string;
}

/** `refuse`: not fit to be used. `warn`: works, but something will be lost or late one day. */
export interface Finding {
  readonly severity: 'refuse' | 'warn';
  readonly setting: string;
  readonly wanted: string;
  readonly found: string;
}

const VERSION_MIN = [7, 0] as const;

/** Reads the answer of INFO. */
export function toServerFacts(info: string): ServerFacts {
  const fields = new Map(
    info
      .split(/\r?\n/)
      .filter((line) => line.includes(':'))
      .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]),
  );
  const text = (name: string): string => fields.get(name) ?? '';
  return {
    version: text('redis_version'),
    role: text('role'),
    hasAppendOnlyFile: text('aof_enabled') === '1',
    maxMemoryBytes: Number(text('maxmemory')),
    evictionPolicy: text('maxmemory_policy'),
    replicas: Number(text('connected_slaves')),
    usedMemoryBytes: Number(text('used_memory')),
    appendOnlyStatus: text('aof_last_write_status'),
  };
}

/** What is not as it should be. `isVolatileAllowed`: a server that forgets is only worth a warning. */
export function judgeServer(facts: ServerFacts, isVolatileAllowed: boolean): readonly Finding[] {
  const findings: Finding[] = [];
  const add = (severity: Finding['severity'], setting: string, wanted: string, found: string): void => {
    findings.push({ severity, setting, wanted, found });
  };
  if (!isNewEnough(facts.version)) add('refuse', 'version', 'Redis 7.0 or newer', facts.version === '' ? 'unknown' : facts.version);
  if (facts.role !== 'master') add('refuse', 'role', 'a master', facts.role === '' ? 'unknown' : facts.role);
  if (!facts.hasAppendOnlyFile)
    add(isVolatileAllowed ? 'warn' : 'refuse', 'appendonly', 'yes: otherwise a crash of Redis loses what was committed', 'no');
  if (facts.evictionPolicy !== 'noeviction') {
    // Only keys that expire are evicted by the volatile policies, and ours never do.
    const isDangerous = facts.maxMemoryBytes > 0 && !facts.evictionPolicy.startsWith('volatile-');
    add(isDangerous ? 'refuse' : 'warn', 'maxmemory-policy', 'noeviction: any other may drop state', facts.evictionPolicy);
  }
  if (facts.appendOnlyStatus !== '' && facts.appendOnlyStatus !== 'ok')
    add('warn', 'append-only file', 'written without errors', facts.appendOnlyStatus);
  if (facts.maxMemoryBytes > 0 && facts.usedMemoryBytes > 0.9 * facts.maxMemoryBytes)
    add('warn', 'memory', 'at most 90 % of maxmemory in use', `${Math.round((100 * facts.usedMemoryBytes) / facts.maxMemoryBytes)} %`);
  return findings;
}

function isNewEnough(version: string): boolean {
  const [major = Number.NaN, minor = 0] = version.split('.').map(Number);
  return major > VERSION_MIN[0] || (major === VERSION_MIN[0] && minor >= VERSION_MIN[1]);
}
