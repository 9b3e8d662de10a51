import { Compile } from 'typebox/compile';
import { settingsProblems, plannerSettings, type ScalingRules } from '../planning/index.ts';
import { InputError, ProblemList } from '../problems.ts';
import { parseDuration } from './duration.ts';
import { Config, POOL_NAME_PATTERN, type PoolConfig, type TargetConfig } from './schema.ts';
import type { ConfiguredPool, LocalTargetSettings, NodeSettings } from './settings.ts';
import { readYaml, type YamlDocument } from './yaml-document.ts';

export type ParsedConfig = { readonly ok: true; readonly settings: NodeSettings } | { readonly ok: false; readonly error: InputError };

const checker = Compile(Config);

/** Checks a config and fills in its defaults. All problems come at once, each with file, line, path, wanted and found. */
export function parseConfig(text: string, fileName: string): ParsedConfig {
  const problems = new ProblemList();
  try {
    const document = readYaml(text, fileName, Config, checker, problems);
    problems.throwIfAny();
    if (document === undefined) throw new InputError([{ place: fileName, wanted: 'a config', found: 'nothing' }]);
    const settings = compile(document, document.data as Config, problems);
    problems.throwIfAny();
    return { ok: true, settings: Object.freeze(settings) };
  } catch (error) {
    if (error instanceof InputError) return { ok: false, error };
    throw error;
  }
}

type Add = (path: readonly (string | number)[], wanted: string, found: string) => void;

function compile(document: YamlDocument, config: Config, problems: ProblemList): NodeSettings {
  const add: Add = (path, wanted, found) => problems.add(document.place(path), wanted, found);
  const pools = Object.entries(config.pools).map(([name, pool]) => compilePool(name, pool, add));
  const replicasMax = config.budget?.replicas ?? Number.POSITIVE_INFINITY;
  const minima = pools.reduce((sum, pool) => sum + pool.planner.minReplicas, 0);
  if (minima > replicasMax) add(['budget', 'replicas'], `at least ${minima}, the sum of the pools’ minima`, String(replicasMax));
  const priorities = config.budget?.priorities ?? {};
  for (const name of Object.keys(priorities)) {
    if (config.pools[name] === undefined)
      add(['budget', 'priorities', name], `one of the pools ${Object.keys(config.pools).join(', ')}`, name);
  }
  return {
    node: { name: config.node?.name ?? 'node-1', logLevel: config.node?.logLevel ?? 'info' },
    bus: { kind: 'memory' },
    pools,
    root: { replicasMax, priorities },
  };
}

function compilePool(name: string, config: PoolConfig, add: Add): ConfiguredPool {
  const at = (...path: (string | number)[]) => ['pools', name, ...path];
  if (!new RegExp(POOL_NAME_PATTERN).test(name)) add(at(), 'a name of letters, digits, dots, dashes and underscores', name);
  const intervalMs = durationOf(config.interval, 60_000);
  if (intervalMs < 100 || intervalMs > 86_400_000) add(at('interval'), 'from 100ms to 1d', config.interval ?? '');
  const horizonsMs = (config.horizons ?? ['5m', '10m', '15m']).map((text) => durationOf(text, 0));
  horizonsMs.forEach((horizonMs, i) => {
    if (horizonMs <= 0 || horizonMs % intervalMs !== 0 || horizonMs <= (horizonsMs[i - 1] ?? 0)) {
      add(
        at('horizons', i),
        `ascending whole multiples of the interval (${config.interval ?? '1m'})`,
        config.horizons?.[i] ?? `${horizonMs} ms`,
      );
    }
  });
  const planner = plannerSettings(intervalMs, {
    replicaCapacity: config.capacity,
    ...given('minReplicas', config.replicas?.min),
    ...given('maxReplicas', config.replicas?.max),
    ...given('objective', config.objective),
    ...given('reviewMs', optionalDuration(config.review)),
    ...given('reactiveWindowMs', optionalDuration(config.reactive?.window)),
    ...given('reactiveHeadroom', config.reactive?.headroom),
    ...given('confidenceMin', config.confidenceMin),
    ...given('staleAfterMs', optionalDuration(config.staleAfter)),
    ...(config.leadTime === undefined
      ? {}
      : { leadTimePrior: { p50Ms: durationOf(config.leadTime.p50, 0), p95Ms: durationOf(config.leadTime.p95, 0) } }),
    ...given('scaleUp', rulesOf(config.scaleUp, 0)),
    ...given('scaleDown', rulesOf(config.scaleDown, 300_000)),
  });
  for (const problem of settingsProblems(planner)) add(at(), 'settings that agree with each other', problem);
  return Object.freeze({
    pool: name,
    intervalMs,
    horizonsMs,
    producerTimeoutMs: durationOf(config.producerTimeout, 3 * intervalMs),
    lateAfterMs: durationOf(config.lateAfter, intervalMs / 2),
    trainEveryMs: durationOf(config.trainEvery, 3_600_000),
    planner,
    confirmEveryMs: durationOf(config.confirmEvery, 2_000),
    deadlineFactor: config.deadlineFactor ?? 4,
    observeMs: durationOf(config.observe, 2 * planner.reviewMs),
    attemptsMax: config.attemptsMax ?? 6,
    target: compileTarget(config.target, planner.maxReplicas, (path, wanted, found) => add(at('target', ...path), wanted, found)),
  });
}

function compileTarget(config: TargetConfig | undefined, maxReplicas: number, add: Add): LocalTargetSettings {
  const portRange = config?.portRange ?? { from: 42_000, to: 42_999 };
  const ports = portRange.to - portRange.from + 1;
  if (ports < maxReplicas) add(['portRange'], `at least ${maxReplicas} ports, one for each replica`, `${Math.max(0, ports)}`);
  if (config?.command !== undefined && config.demo !== undefined) add(['demo'], 'either a command or the demo', 'both');
  const { command, workingDirectory } = config ?? {};
  return {
    kind: 'local',
    service:
      command === undefined
        ? { kind: 'demo', workMs: durationOf(config?.demo?.work, 40), startupMs: durationOf(config?.demo?.startup, 8_000) }
        : { kind: 'command', command, ...(workingDirectory === undefined ? {} : { workingDirectory }) },
    env: config?.env ?? {},
    listenPort: config?.listenPort ?? 0,
    portRange,
    healthPath: config?.healthPath ?? '/',
    startTimeoutMs: durationOf(config?.startTimeout, 60_000),
    drainMs: durationOf(config?.drain, 10_000),
    waitMs: durationOf(config?.wait, 5_000),
  };
}

function rulesOf(config: PoolConfig['scaleUp'], windowMs: number): ScalingRules | undefined {
  if (config === undefined) return undefined;
  return {
    stabilizationWindowMs: durationOf(config.stabilizationWindow, windowMs),
    policies: (config.policies ?? []).map(({ type, value, period }) => ({ type, value, periodMs: durationOf(period, 0) })),
  };
}

function durationOf(text: string | undefined, otherwiseMs: number): number {
  return optionalDuration(text) ?? otherwiseMs;
}

function optionalDuration(text: string | undefined): number | undefined {
  return text === undefined ? undefined : parseDuration(text);
}

/** A key only where there is a value: absent and undefined are not the same to a default. */
function given<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: V };
}
