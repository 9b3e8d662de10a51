/** Keeps the scheduled actions of one pool as its events want them: ours only, told by their names. */
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { Done } from './done.ts';
import { createKeeper, type Keeper } from './keeper.ts';
import { stepsBetween, type ScheduleSettings, type Step } from './schedule.ts';

/** What all our scheduled actions are named by; what others have put is never touched. */
export const ACTION_PREFIX = 'forescale-';
/** Tag with the least capacity of before us, and the levels that events raise it to, separated by blanks. */
export const SCHEDULE_TAG = 'forescale:scheduled-min';

/** Where the steps are kept. */
export interface ScheduleStore {
  /** The bounds that hold now, and the tag. */
  look(): Promise<Done<ScheduleLook>>;
  /** Ours only. */
  actions(): Promise<Done<readonly KeptAction[]>>;
  /** Puts one, or another in its place. */
  put(name: string, step: Step): Promise<Done<unknown>>;
  remove(name: string): Promise<Done<unknown>>;
  /** undefined: takes the tag away. */
  tag(value: string | undefined): Promise<Done<unknown>>;
  close(): void;
}

export interface ScheduleLook {
  readonly min: number;
  readonly max: number;
  readonly tag: string | undefined;
  /** Plans move the least capacity all the time, and `min` is that of before us: only what is to come is put. */
  readonly isPlanned?: boolean;
}

export interface KeptAction extends Step {
  readonly name: string;
}

/** So far ahead events are put in; a cloud keeps only so many actions. */
const AHEAD_MS = 14 * 86_400_000;
const STEPS_MAX = 60;
const LOOK_EVERY_MS = 3_600_000;
/** The cloud takes only what is still to come. */
const SOON_MS = 60_000;

export function createScheduleKeeper(settings: ScheduleSettings, store: ScheduleStore, clock: Clock, log: Log): Keeper {
  async function keep(): Promise<Done<void>> {
    const look = await store.look();
    if (!look.ok) return look;
    // Who never asked for any needs no right to look for them.
    if (settings.floors.length === 0 && look.value.tag === undefined) return { ok: true, value: undefined };
    const kept = await store.actions();
    if (!kept.ok) return kept;
    const nowMs = clock.nowMs();
    const { baseline, levels } = readTag(look.value);
    const wanted = wantedActions(settings, baseline, look.value, kept.value, nowMs);
    if (wanted.some(({ min }) => min > look.value.max))
      log.warn({ max: look.value.max }, 'an event asks for more than the maximum; the maximum is scheduled');
    const isDone = wanted.length === 0 && look.value.min === baseline;
    const tag = isDone
      ? undefined
      : tagOf(baseline, [...settings.floors.map(({ minReplicas }) => Math.min(minReplicas, look.value.max)), ...levels]);
    // First of all: without it, nobody could find the way back.
    if (!isDone && tag !== look.value.tag) {
      const tagged = await store.tag(tag);
      if (!tagged.ok) return tagged;
    }
    const changed = await bringInLine(wanted, kept.value, look.value.max);
    if (!changed.ok || !isDone || look.value.tag === undefined) return changed;
    const cleared = await store.tag(undefined);
    return cleared.ok ? changed : cleared;
  }

  async function bringInLine(wanted: readonly KeptAction[], kept: readonly KeptAction[], max: number): Promise<Done<void>> {
    const names = new Set(wanted.map(({ name }) => name));
    for (const { name } of kept.filter((action) => !names.has(action.name))) {
      const removed = await store.remove(name);
      if (!removed.ok && removed.error.code !== 'not-found') return removed;
      log.info({ action: name }, 'scheduled action taken back');
    }
    for (const { name, atMs, min: asked } of wanted) {
      const min = Math.min(asked, max);
      if (kept.some((action) => action.name === name && action.min === min && action.atMs === atMs)) continue;
      const put = await store.put(name, { atMs, min });
      if (!put.ok) return put;
      log.info({ action: name, min }, 'scheduled action put');
    }
    return { ok: true, value: undefined };
  }

  return createKeeper({
    keep,
    everyMs: LOOK_EVERY_MS,
    trouble: 'scheduled actions are not as the events want them',
    clock,
    log,
    release: () => store.close(),
  });
}

/** What is to stand there from now on. The present level is there only where it does not hold yet. */
function wantedActions(
  settings: ScheduleSettings,
  baseline: number,
  { min, max, isPlanned = false }: ScheduleLook,
  kept: readonly KeptAction[],
  nowMs: number,
): readonly KeptAction[] {
  const [present, ...later] = stepsBetween(settings, baseline, nowMs, nowMs + AHEAD_MS);
  const wanted = later.slice(0, STEPS_MAX).map((step) => ({ ...step, name: nameOf(step.atMs) }));
  const isSoon = ({ atMs }: Step): boolean => atMs > nowMs && atMs <= nowMs + 2 * SOON_MS;
  if (isPlanned || present === undefined || Math.min(present.min, max) === min || wanted.some(isSoon)) return wanted;
  const onItsWay = kept.find((action) => isSoon(action) && action.min === Math.min(present.min, max));
  const atMs = Math.ceil((nowMs + SOON_MS) / 1_000) * 1_000;
  return [onItsWay ?? { atMs, min: present.min, name: nameOf(atMs) }, ...wanted];
}

/** `forescale-20261127T070000Z`: one a time, and no sign that Application Auto Scaling refuses. */
function nameOf(atMs: number): string {
  return `${ACTION_PREFIX}${new Date(atMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
}

/** A least capacity that is neither that of before us nor a level of ours was set by somebody else, and is the one of now. */
function readTag({ min, tag }: ScheduleLook): { readonly baseline: number; readonly levels: readonly number[] } {
  const [original, ...levels] = (tag ?? '').split(' ').map(Number);
  if (tag === undefined || original === undefined || ![original, ...levels].every(Number.isInteger)) return { baseline: min, levels: [] };
  // A level that nobody is at any more is forgotten with the next tag.
  return levels.includes(min) ? { baseline: original, levels: [min] } : { baseline: min, levels: [] };
}

function tagOf(baseline: number, levels: readonly number[]): string {
  const above = [...new Set(levels)].filter((level) => level > baseline).sort((a, b) => a - b);
  return [baseline, ...above].join(' ');
}
