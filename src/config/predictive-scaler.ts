/** A custom resource `PredictiveScaler`: its spec is what a pool is in the config, checked by the same rules. */
import { Type, type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { InputError, ProblemList } from '../problems.ts';
import { formatPath } from '../protocol/wire-problem.ts';
import { compilePool } from './compile-pool.ts';
import { compileSources } from './compile-sources.ts';
import { strict } from './option-types.ts';
import type { AddedPools } from './parse.ts';
import { Pool } from './pool-schema.ts';
import type { AddProblem, Segments } from './schema-problems.ts';
import { Source } from './sources-schema.ts';
import { KubernetesTarget, type KubernetesTargetConfig } from './target-schemas.ts';
import { checkData } from './yaml-document.ts';

const { namespace: _namespace, kubeconfig: _kubeconfig, context: _context, ...workload } = KubernetesTarget.properties;
const { scrape, query } = Source.properties;
const { target: _target, ...pool } = Pool.properties;

/** Whoever may write one may not have programs started, files read or other namespaces scaled by it. */
export const PredictiveScalerSpec = Type.Object(
  {
    ...pool,
    target: Type.Object(workload, { ...strict, description: 'What is scaled: a workload of the same namespace' }),
    sources: Type.Optional(
      Type.Array(Type.Object({ scrape, query }, strict), {
        default: [],
        maxItems: 32,
        description: 'Where load is read that no SDK tells; read by a node that is alone, in a cluster by `forescale agent`',
      }),
    ),
  },
  { ...strict, description: 'What a pool is in the config' },
);

const checker = Compile(PredictiveScalerSpec);

export type CheckedScaler = { readonly ok: true; readonly added: AddedPools } | { readonly ok: false; readonly error: InputError };

/** The cluster of a scaler, in which its workload is, too. */
export type ScalerPlace = Pick<KubernetesTargetConfig, 'kubeconfig' | 'context'> & { readonly namespace: string };

/** The pool `name` of a spec; problems have the place `spec…` and the words of the config's check. */
export function checkScaler(name: string, where: ScalerPlace, spec: unknown): CheckedScaler {
  const problems = new ProblemList();
  const place = (at: Segments): string => formatPath(['spec', ...at]);
  const add: AddProblem = (at, wanted, found) => problems.add(place(at), wanted, String(found));
  try {
    checkData(spec, PredictiveScalerSpec, checker, place, problems);
    problems.throwIfAny();
    const { sources = [], target, ...options } = spec as Static<typeof PredictiveScalerSpec>;
    const configured = compilePool(name, { ...options, target: { ...target, ...where } }, add);
    const intervals = new Map([[name, configured.intervalMs]]);
    const read = compileSources(
      sources.map((source) => ({ ...source, pool: name })),
      intervals,
      (at, wanted, found) => add(['sources', ...at], wanted, found),
    );
    problems.throwIfAny();
    return { ok: true, added: { pools: [configured], sources: read } };
  } catch (error) {
    if (error instanceof InputError) return { ok: false, error };
    throw error;
  }
}
