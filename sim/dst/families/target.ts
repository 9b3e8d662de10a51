import type { Random } from '../../../src/ports/random.ts';
import type { CloudFault, CloudFaultKind } from '../../cloud-faults.ts';
import { REPLICAS } from '../pools.ts';
import { about, type FaultFamily } from './family.ts';

const SPANS = 3;
const SPAN_MEAN_MS = 5_000;

/** A few stretches of time within the faulty phase. */
function spans<K extends CloudFaultKind>(
  kind: K,
  random: Random,
  fromMs: number,
  toMs: number,
): { readonly kind: K; readonly fromMs: number; readonly toMs: number }[] {
  return Array.from({ length: 1 + random.int(SPANS) }, () => {
    const beginMs = fromMs + random.next() * (toMs - fromMs);
    return { kind, fromMs: beginMs, toMs: Math.min(toMs, beginMs + about(SPAN_MEAN_MS, random)) };
  });
}

export const TARGET_FAMILIES = [
  { name: 'target-down', says: 'the target answers nothing', cloud: (...given) => spans('unavailable', ...given) },
  {
    name: 'target-unknown',
    says: 'a write takes effect or not, and the answer does not say which',
    cloud: (...given) => spans('unknown-outcome', ...given),
  },
  {
    name: 'target-throttled',
    says: 'the target takes no writes for a while',
    cloud: (...given): readonly CloudFault[] => spans('throttled', ...given).map((span) => ({ ...span, retryAfterMs: 1_500 })),
  },
  {
    name: 'target-quota',
    says: 'the target refuses to grow',
    cloud: (...given): readonly CloudFault[] => spans('quota', ...given).map((span) => ({ ...span, replicas: 4 })),
  },
  {
    name: 'target-slow',
    says: 'replicas take several times as long to start',
    cloud: (...given): readonly CloudFault[] => spans('slow-starts', ...given).map((span) => ({ ...span, factor: 6 })),
  },
  {
    name: 'target-never-ready',
    says: 'replicas that are asked for never start',
    cloud: (...given) => spans('never-ready', ...given),
  },
  {
    name: 'external-writer',
    says: 'somebody else sets the count',
    cloud: (random, fromMs, toMs): readonly CloudFault[] =>
      spans('foreign-write', random, fromMs, toMs).map((span) => ({ ...span, replicas: 1 + random.int(REPLICAS.max) })),
  },
  {
    name: 'target-lost-answers',
    says: 'calls of the target are lost on the way there or back',
    begin(world, random) {
      Object.assign(world.links.target, { requestLost: 0.1 * random.next(), replyLost: 0.3 * random.next() });
    },
  },
  {
    name: 'target-late',
    says: 'calls of the target arrive seconds later, some of them twice',
    begin(world, random) {
      Object.assign(world.links.target, { delayMs: 300 + 2_000 * random.next(), twice: 0.3 });
    },
  },
  {
    name: 'stale-reads',
    says: 'the target tells what was true some time ago',
    begin(world, random) {
      world.targets.staleReads = 0.1 + 0.3 * random.next();
    },
  },
] as const satisfies readonly FaultFamily[];
