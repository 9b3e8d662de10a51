import type { Cluster, Takeover } from '../../api/cluster.ts';

/** Nodes that are drawn: as many as there are colours. */
const LINES_MAX = 6;
/** Shown before the first takeover, milliseconds. */
const MARGIN_MS = 60_000;

type Aligned = [number[], ...number[][]];

/** From what each holds now, back over what changed hands. */
export function heldOverTime(
  takeovers: readonly Takeover[],
  nodes: Cluster['nodes'],
  nowMs: number,
): { readonly names: readonly string[]; readonly data: Aligned } {
  const held = new Map(nodes.map(({ node, shards }) => [node, shards]));
  const counts = (): Map<string, number> => new Map(held);
  const moments: { readonly atMs: number; readonly held: Map<string, number> }[] = [{ atMs: nowMs, held: counts() }];
  for (const { atMs, from, to } of takeovers) {
    // Those of one look were seen at one time.
    if (moments.at(-1)?.atMs !== atMs) moments.push({ atMs, held: counts() });
    if (to !== '') held.set(to, (held.get(to) ?? 0) - 1);
    if (from !== '') held.set(from, (held.get(from) ?? 0) + 1);
  }
  const firstMs = takeovers.at(-1)?.atMs ?? nowMs;
  moments.push({ atMs: firstMs - MARGIN_MS, held: counts() });
  moments.reverse();
  const names = [...new Set([...nodes.map(({ node }) => node), ...held.keys()])].slice(0, LINES_MAX);
  return { names, data: [moments.map(({ atMs }) => atMs / 1_000), ...names.map((name) => moments.map((one) => one.held.get(name) ?? 0))] };
}

export interface Move {
  readonly atMs: number;
  readonly from: string;
  readonly to: string;
  readonly shards: readonly number[];
}

/** Shards that went the same way at one time, as one move; in the order given. */
export function together(takeovers: readonly Takeover[]): readonly Move[] {
  const moves = new Map<string, Move & { readonly shards: number[] }>();
  for (const { atMs, from, to, shard } of takeovers) {
    const key = JSON.stringify([atMs, from, to]);
    const move = moves.get(key) ?? { atMs, from, to, shards: [] };
    moves.set(key, move);
    move.shards.push(shard);
  }
  return [...moves.values()].map((move) => ({ ...move, shards: move.shards.toSorted((a, b) => a - b) }));
}
