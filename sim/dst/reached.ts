import { decisionsOf, feedbackOf } from './decisions.ts';
import type { Happening } from './happening.ts';
import type { World } from './world.ts';

/** Rare branches. A suite that never takes them says nothing about them (S13). */
export const BRANCHES = [
  'a commit was fenced',
  'a commit found the cursor elsewhere',
  'a message was a repeat',
  'a timer or an answer came too late',
  'a dead letter was written',
  'a message was parked',
  'an actor stayed in memory while its shard was read anew',
  'the bus lost changes',
  'a shard was taken over while an action was under way',
  'a snapshot was lifted to a new version',
  'the target refused a superseded write',
  'the target refused a write that was planned from another count',
  'a write had an unknown outcome',
  'an effect was aborted',
  'an effect timed out',
  'an effect expired',
  'an action succeeded',
  'an action was superseded',
  'an action failed',
  'an action was rolled back',
  'capacity was given up',
  'input was stale',
  'a stream was trimmed',
] as const;

export type Branch = (typeof BRANCHES)[number];

const TARGET_OUTCOMES: Readonly<Record<string, Branch>> = {
  superseded: 'the target refused a superseded write',
  conflict: 'the target refused a write that was planned from another count',
  'unknown-outcome': 'a write had an unknown outcome',
};

const ACTION_OUTCOMES: Readonly<Record<string, Branch>> = {
  succeeded: 'an action succeeded',
  superseded: 'an action was superseded',
  failed: 'an action failed',
  'rolled-back': 'an action was rolled back',
};

/** Counters of the nodes, by what they say. */
const COUNTERS: readonly (readonly [string, Branch])[] = [
  ['forescale_messages_total repeats', 'a message was a repeat'],
  ['forescale_messages_total late', 'a timer or an answer came too late'],
  ['forescale_messages_total parked', 'a message was parked'],
  ['forescale_messages_total deadLetters', 'a dead letter was written'],
  ['forescale_actors_kept_total', 'an actor stayed in memory while its shard was read anew'],
];

const EFFECT_OUTCOMES: Readonly<Record<string, Branch>> = {
  aborted: 'an effect was aborted',
  timeout: 'an effect timed out',
  expired: 'an effect expired',
};

/** Which branches one run takes. */
export class Reached {
  readonly names = new Set<Branch>();
  readonly #open = new Map<string, string>();

  hear(happening: Happening): void {
    const { kind } = happening;
    if (kind === 'committed') this.#hearCommit(happening);
    else if (kind === 'refused' && happening.what === 'commit')
      this.names.add(happening.outcome === 'moved' ? 'a commit found the cursor elsewhere' : 'a commit was fenced');
    else if (kind === 'recovered' && happening.lost.length > 0) this.names.add('the bus lost changes');
    else if (kind === 'trimmed' && happening.dropped > 0) this.names.add('a stream was trimmed');
    else if (kind === 'target' && happening.call === 'scale') {
      const branch = TARGET_OUTCOMES[happening.outcome];
      if (branch !== undefined) this.names.add(branch);
    }
  }

  /** At the end. */
  look(world: World): void {
    for (const [counter, branch] of COUNTERS) if (world.counter(counter) > 0) this.names.add(branch);
    for (const [outcome, branch] of Object.entries(EFFECT_OUTCOMES)) {
      if (['target.get', 'target.scale'].some((executor) => world.counter(`forescale_effects_total ${executor} ${outcome}`) > 0))
        this.names.add(branch);
    }
    if (world.builds.upcasts > 0) this.names.add('a snapshot was lifted to a new version');
  }

  #hearCommit(happening: Extract<Happening, { readonly kind: 'committed' }>): void {
    for (const { plan, action } of decisionsOf(happening)) {
      if (action !== null) this.#open.set(action, happening.by);
      if (action !== null && plan.replicas < plan.previousReplicas) this.names.add('capacity was given up');
      if (plan.clamps.some(({ name }) => name === 'stale-input')) this.names.add('input was stale');
    }
    for (const { pool, generation, outcome } of feedbackOf(happening)) {
      const branch = ACTION_OUTCOMES[outcome];
      if (branch !== undefined) this.names.add(branch);
      const by = this.#open.get(`act:${pool}/${generation}`);
      if (by !== undefined && by !== happening.by) this.names.add('a shard was taken over while an action was under way');
    }
  }
}
