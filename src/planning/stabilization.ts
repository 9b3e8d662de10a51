import type { RecommendationSpan, ReplicaChange } from './inputs.ts';

/**
 * Recommendations over a window, in a bounded number of spans: of each span only the least and the largest count matter.
 * A span leaves when its last moment does, so a recommendation may count up to a span longer than the window, never shorter.
 */
export const SPANS_MAX = 24;

/** Adds a recommendation (epoch ms, replicas) and forgets what is older than the window. At most SPANS_MAX spans. */
export function recordRecommendation(
  spans: readonly RecommendationSpan[],
  atMs: number,
  replicas: number,
  windowMs: number,
): readonly RecommendationSpan[] {
  const kept = spans.filter((span) => span.toMs >= atMs - windowMs && span.fromMs <= atMs);
  const last = kept.at(-1);
  if (last !== undefined && atMs - last.fromMs < windowMs / (SPANS_MAX - 1)) {
    const least = Math.min(last.least, replicas);
    return [...kept.slice(0, -1), { ...last, toMs: atMs, least, largest: Math.max(last.largest, replicas) }];
  }
  return [...kept.slice(-(SPANS_MAX - 1)), { fromMs: atMs, toMs: atMs, least: replicas, largest: replicas }];
}

/** Least and largest recommendation of the window, the one made now included. */
export function recommendationRange(
  spans: readonly RecommendationSpan[],
  atMs: number,
  windowMs: number,
  now: number,
): { readonly least: number; readonly largest: number } {
  let least = now;
  let largest = now;
  for (const span of spans) {
    if (span.toMs <= atMs - windowMs || span.fromMs > atMs) continue;
    if (span.least < least) least = span.least;
    if (span.largest > largest) largest = span.largest;
  }
  return { least, largest };
}

/** The same in replicas of another size: `share` of them for one of before. */
export function rescaleRecommendations(spans: readonly RecommendationSpan[], share: number): readonly RecommendationSpan[] {
  return spans.map((span) => ({ ...span, least: Math.ceil(span.least * share), largest: Math.ceil(span.largest * share) }));
}

export const CHANGES_MAX = 32;

/** Keeps the changes of a window; when there are too many, the two oldest become one, dated by the younger. */
export function recordChange(changes: readonly ReplicaChange[], change: ReplicaChange, windowMs: number): readonly ReplicaChange[] {
  const kept = changes.filter((earlier) => earlier.atMs >= change.atMs - windowMs);
  kept.push(change);
  const [first, second] = kept;
  if (kept.length <= CHANGES_MAX || first === undefined || second === undefined) return kept;
  return [{ atMs: second.atMs, from: first.from, to: second.to }, ...kept.slice(2)];
}
