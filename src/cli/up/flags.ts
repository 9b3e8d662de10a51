import { readFileSync } from 'node:fs';
import { isRedisUrl, parseRedisUrl } from '../../adapters/redis/url.ts';
import { withoutPassword } from '../../adapters/server-url.ts';
import type { RedisSettings } from '../../adapters/redis/settings.ts';
import type { FailoverProfile } from '../../cluster.ts';
import { parseDuration } from '../../config/duration.ts';
import { parseListen } from '../../config/compile-inspector.ts';
import { parseConfig, type AddedPools, type ParsedConfig } from '../../config/parse.ts';
import { LISTEN_PATTERN } from '../../config/schema.ts';
import type { ListenAddress, NodeSettings } from '../../config/settings.ts';
import { DEMO_CONFIG } from '../../demo/config.ts';
import { fileFault, InputError, ProblemList } from '../../problems.ts';

/** As commander reads them. */
export interface UpFlags {
  readonly config?: string;
  readonly bus: string;
  readonly failover?: string;
  readonly newConfig?: boolean;
  readonly health?: string;
  readonly for?: string;
  readonly json?: boolean;
  readonly port?: string;
  readonly logFile?: string;
  readonly inspector?: string;
  readonly inspectorAct?: boolean;
  readonly verbose?: boolean;
}

export interface UpOrder {
  readonly settings: NodeSettings;
  /** The same with pools added, checked as a whole. */
  readonly compose: (added: AddedPools) => ParsedConfig;
  /** undefined: the bus is in this process. */
  readonly cluster: ClusterOrder | undefined;
  /** Where health is told, beside the inspector; undefined: nowhere. */
  readonly health: ListenAddress | undefined;
  /** No config was given: the demo's load is wanted too. */
  readonly isDemo: boolean;
  /** When to stop by itself; undefined: never. */
  readonly forMs: number | undefined;
}

export interface ClusterOrder {
  readonly redis: RedisSettings;
  readonly failover: FailoverProfile;
  /** Join with another config than the living nodes have. */
  readonly isNewConfig: boolean;
}

/** @throws InputError with all that is wrong with options and config. */
export function readFlags(flags: UpFlags): UpOrder {
  const problems = new ProblemList();
  const cluster = readCluster(flags, problems);
  const forMs = readDuration(flags.for, problems);
  const port = readPort(flags.port, problems);
  checkListen('--inspector', flags.inspector, problems);
  checkListen('--health', flags.health, problems);
  problems.throwIfAny();
  const finished = (settings: NodeSettings): NodeSettings => {
    const inspected = withInspector(settings, flags);
    return port === undefined ? inspected : withPort(inspected, port);
  };
  const { text, name } = readConfigText(flags.config);
  return {
    settings: finished(checked(parseConfig(text, name))),
    compose(added) {
      const parsed = parseConfig(text, name, added);
      return parsed.ok ? { ok: true, settings: finished(parsed.settings) } : parsed;
    },
    cluster,
    health: flags.health === undefined ? undefined : parseListen(flags.health),
    isDemo: flags.config === undefined,
    forMs,
  };
}

/** The built-in one without a name. @throws InputError */
export function readConfig(file: string | undefined): NodeSettings {
  const { text, name } = readConfigText(file);
  return checked(parseConfig(text, name));
}

function readConfigText(file: string | undefined): { readonly text: string; readonly name: string } {
  return file === undefined ? { text: DEMO_CONFIG, name: 'built-in config' } : { text: readText(file), name: file };
}

function checked(parsed: ParsedConfig): NodeSettings {
  if (!parsed.ok) throw parsed.error;
  return parsed.settings;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new InputError([{ place: file, wanted: 'a config file that can be read', found: fileFault(error) }]);
  }
}

function readCluster({ bus, failover = 'normal', newConfig = false }: UpFlags, problems: ProblemList): ClusterOrder | undefined {
  if (failover !== 'normal' && failover !== 'fast') problems.add('--failover', '`normal` or `fast`', `"${failover}"`);
  if (bus === 'memory') {
    if (newConfig) problems.add('--new-config', 'a cluster: --bus redis://…', '--bus memory');
    return undefined;
  }
  const redis = readRedis(bus, problems);
  return redis === undefined ? undefined : { redis, failover: failover === 'fast' ? 'fast' : 'normal', isNewConfig: newConfig };
}

/** Reads `--bus` or FORESCALE_BUS and what belongs to it. */
export function readRedis(bus: string, problems: ProblemList): RedisSettings | undefined {
  if (!isRedisUrl(bus)) {
    problems.add('--bus', '`memory`, or a URL that begins with redis:// (docs/redis.md)', `"${withoutPassword(bus)}"`);
    return undefined;
  }
  try {
    return parseRedisUrl(bus, '--bus', process.env);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    for (const { place, wanted, found } of error.problems) problems.add(place, wanted, found);
    return undefined;
  }
}

function readDuration(text: string | undefined, problems: ProblemList): number | undefined {
  if (text === undefined) return undefined;
  const durationMs = parseDuration(text);
  if (durationMs === undefined || durationMs <= 0) problems.add('--for', 'a duration above 0 like 30s, 10m or 1h30m', `"${text}"`);
  return durationMs;
}

function readPort(text: string | undefined, problems: ProblemList): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) problems.add('--port', 'a port from 0 to 65535', `"${text}"`);
  return port;
}

export function checkListen(place: string, text: string | undefined, problems: ProblemList): void {
  if (text !== undefined && !new RegExp(LISTEN_PATTERN).test(text))
    problems.add(place, '`off`, or an address like 127.0.0.1:4270', `"${text}"`);
}

/** What the command line says stands above the config. */
function withInspector(settings: NodeSettings, { inspector, inspectorAct }: UpFlags): NodeSettings {
  const listen = inspector === undefined ? settings.inspector.listen : parseListen(inspector);
  return { ...settings, inspector: { ...settings.inspector, listen, act: inspectorAct === true || settings.inspector.act } };
}

function withPort(settings: NodeSettings, listenPort: number): NodeSettings {
  const [first, ...others] = settings.pools;
  if (first === undefined) return settings;
  if (first.target.kind !== 'local')
    throw new InputError([{ place: '--port', wanted: 'a first pool of local processes, which has a balancer', found: first.target.kind }]);
  return { ...settings, pools: [{ ...first, target: { ...first.target, listenPort } }, ...others] };
}
