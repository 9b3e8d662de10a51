import type { Candidate, Clamp } from '../protocol/plan.ts';
import type { Resource } from '../protocol/resource.ts';
import type { Outlook } from './outlook.ts';
import { doesText, durationText } from './words.ts';

/** A shortage that is coming: which resource, how soon, and how many replicas it takes. */
export interface Shortage {
  readonly resource: Resource;
  readonly withinMs: number;
  readonly replicas: number;
}

/** The first horizon at which more is needed than serves now; undefined when none is, or when it is short already. */
export function shortageAhead(outlook: Outlook, ready: number): Shortage | undefined {
  if (outlook.now !== undefined && outlook.now.replicas > ready) return undefined;
  const first = outlook.ahead.find((need) => need.replicas > ready);
  return first === undefined ? undefined : { resource: first.bottleneck, withinMs: first.horizonMs, replicas: first.replicas };
}

export interface Reasoning {
  readonly pool: string;
  readonly from: number;
  readonly to: number;
  readonly ready: number;
  readonly winner: Candidate;
  readonly clamps: readonly Clamp[];
  readonly shortage: Shortage | undefined;
}

/** The plan's reason: what is done, why that much, and which bottleneck is ahead. One sentence with figures. */
export function reasonOf({ pool, from, to, ready, winner, clamps, shortage }: Reasoning): string {
  const head =
    to > from ? `Scale ${pool} up from ${from} to ${to}` : to < from ? `Scale ${pool} down from ${from} to ${to}` : `Keep ${pool} at ${to}`;
  const last = clamps.at(-1);
  const because = last === undefined ? winner.because : last.because;
  const ahead =
    shortage === undefined
      ? ''
      : `; ${doesText(shortage.resource, 'become')} the bottleneck within ${durationText(shortage.withinMs)}: ${shortage.replicas} needed, ${ready} ready`;
  return `${head}: ${because}${ahead}.`;
}
