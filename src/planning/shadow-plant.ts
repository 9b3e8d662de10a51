/**
 * What a policy's replicas would have done: every start takes the same lead time, the newest starts are given up first, ready
 * ones end at once. Plain data; each call gives a new one.
 */
export interface ShadowPlant {
  readonly requested: number;
  readonly ready: number;
  /** Starts under way, oldest first. */
  readonly starting: readonly Start[];
}

interface Start {
  readonly readyMs: number;
  readonly replicas: number;
}

/** More are joined to the last one, which is then ready later: the pessimistic way. */
const STARTS_MAX = 8;

export function startPlant(replicas: number): ShadowPlant {
  return { requested: replicas, ready: replicas, starting: [] };
}

/** The same in replicas of another size: `share` of them for one of before. */
export function rescalePlant({ requested, ready, starting }: ShadowPlant, share: number): ShadowPlant {
  const all = Math.ceil(requested * share);
  const serving = Math.min(all, Math.ceil(ready * share));
  // What is on its way comes with the last of it.
  const last = starting.at(-1);
  return { requested: all, ready: serving, starting: last === undefined || all === serving ? [] : [{ ...last, replicas: all - serving }] };
}

/** Asks for a count at a time. */
export function request(plant: ShadowPlant, replicas: number, atMs: number, leadMs: number): ShadowPlant {
  if (replicas === plant.requested) return plant;
  if (replicas > plant.requested) return { ...plant, requested: replicas, starting: started(plant, replicas, atMs + leadMs) };
  return givenUp(plant, replicas);
}

/** Starts that are ready by then serve. */
export function settle(plant: ShadowPlant, atMs: number): ShadowPlant {
  const [first] = plant.starting;
  if (first === undefined || first.readyMs > atMs) return plant;
  const starting = plant.starting.filter(({ readyMs }) => readyMs > atMs);
  const waiting = starting.reduce((sum, start) => sum + start.replicas, 0);
  return { ...plant, ready: plant.requested - waiting, starting };
}

function started({ starting, requested }: ShadowPlant, replicas: number, readyMs: number): readonly Start[] {
  const more = replicas - requested;
  const last = starting.at(-1);
  if (last === undefined || starting.length < STARTS_MAX) return [...starting, { readyMs, replicas: more }];
  return [...starting.slice(0, -1), { readyMs, replicas: last.replicas + more }];
}

function givenUp({ requested, ready, starting }: ShadowPlant, replicas: number): ShadowPlant {
  let tooMany = requested - replicas;
  const kept = [...starting];
  while (tooMany > 0) {
    const newest = kept.pop();
    if (newest === undefined) break;
    if (newest.replicas > tooMany) kept.push({ ...newest, replicas: newest.replicas - tooMany });
    tooMany -= Math.min(tooMany, newest.replicas);
  }
  return { requested: replicas, ready: Math.min(ready, replicas), starting: kept };
}
