import { Compile } from 'typebox/compile';
import { callProblems } from '../actors/call-graph.ts';
import { InputError, ProblemList } from '../problems.ts';
import { compileBridges } from './compile-bridges.ts';
import { compileBudget } from './compile-budget.ts';
import { compileInspector } from './compile-inspector.ts';
import { compilePool } from './compile-pool.ts';
import { compilePredictiveScalers } from './compile-predictive-scalers.ts';
import { compileServe } from './compile-serve.ts';
import { compileTracing } from './compile-tracing.ts';
import { compileSources } from './compile-sources.ts';
import { CONFIG_DEFAULTS } from './defaults.ts';
import { formatDuration } from './duration.ts';
import { Config } from './schema.ts';
import type { AddProblem } from './schema-problems.ts';
import type { ConfiguredPool, NodeSettings } from './settings.ts';
import type { SourceSettings } from './source-settings.ts';
import { readYaml } from './yaml-document.ts';

/** Settings that can be run, or every problem of the text at once. */
export type ParsedConfig = { readonly ok: true; readonly settings: NodeSettings } | { readonly ok: false; readonly error: InputError };

const checker = Compile(Config);

/** Pools that come from elsewhere, with what tells their load. */
export interface AddedPools {
  readonly pools: readonly ConfiguredPool[];
  readonly sources: readonly SourceSettings[];
}

const NONE: AddedPools = { pools: [], sources: [] };

/**
 * Checks a config and fills in its defaults; the settings are frozen. All problems come at once, each with
 * `file:line:column path`, wanted and found. Nothing is repaired silently.
 */
export function parseConfig(text: string, fileName: string, added: AddedPools = NONE): ParsedConfig {
  const problems = new ProblemList();
  try {
    const document = readYaml(text, fileName, Config, checker, problems);
    problems.throwIfAny();
    if (document === undefined) throw new Error('A YAML text without problems gave no document.');
    const settings = compile(document.data as Config, added, (at, wanted, found) =>
      problems.add(document.place(at), wanted, String(found)),
    );
    problems.throwIfAny();
    return { ok: true, settings: deepFreeze(settings) };
  } catch (error) {
    if (error instanceof InputError) return { ok: false, error };
    throw error;
  }
}

function compile(config: Config, added: AddedPools, add: AddProblem): NodeSettings {
  const own = Object.entries(config.pools).map(([name, pool]) =>
    compilePool(name, pool, (at, wanted, found) => add(['pools', name, ...at], wanted, found)),
  );
  const pools = [...own, ...added.pools];
  const root = compileBudget(config.budget, pools, add);
  for (const { pool, index, problem } of callProblems(pools)) add(['pools', pool, 'calls', index], 'a call that can be', problem);
  const intervals = new Map(pools.map(({ pool, intervalMs }) => [pool, intervalMs]));
  const read = compileSources(config.sources ?? [], intervals, (at, wanted, found) => add(['sources', ...at], wanted, found));
  const sources = [...read, ...added.sources];
  return {
    node: { ...CONFIG_DEFAULTS.node, ...config.node },
    bus: { kind: 'memory' },
    pools: pools.map((pool) => waitingFor(sources, pool, config, add)),
    sources,
    bridges: compileBridges(config.bridges ?? [], (at, wanted, found) => add(['bridges', ...at], wanted, found)),
    root,
    inspector: compileInspector(config.inspector),
    predictiveScalers: compilePredictiveScalers(config.predictiveScalers, own, add),
    tracing: compileTracing(config.tracing, (at, wanted, found) => add(['tracing', ...at], wanted, found)),
    serve: compileServe(config.serve, (at, wanted, found) => add(['serve', ...at], wanted, found)),
  };
}

/** A total that waited for less than its sources take would never be whole. Waiting ends as soon as everybody has told. */
function waitingFor(sources: readonly SourceSettings[], pool: ConfiguredPool, config: Config, add: AddProblem): ConfiguredPool {
  const needMs = Math.max(0, ...sources.filter((source) => source.pool === pool.pool).map(({ latenessMs }) => latenessMs));
  if (needMs <= pool.lateAfterMs) return pool;
  const given = config.pools[pool.pool]?.lateAfter;
  if (given !== undefined) add(['pools', pool.pool, 'lateAfter'], `at least ${formatDuration(needMs)}, which its sources take`, given);
  return { ...pool, lateAfterMs: needMs };
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
