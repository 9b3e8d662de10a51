/**
 * Actors that see whether a message is lost or applied twice. A counter is told numbers in order and passes each tenth count on to
 * the witness of another shard, so that both the streams and the outboxes are under watch. Their state is small, for hours of it.
 */
import { SHARD_COUNT, shardOf } from '../../src/protocol/address.ts';
import type { AnyMessage } from '../../src/protocol/message.ts';
import type { Behavior, Effect, Step } from '../../src/runtime/behavior.ts';
import { send } from '../../src/runtime/machine.ts';

export interface Count {
  /** Messages taken. */
  taken: number;
  /** Last number told by each sender. */
  last: Readonly<Record<string, number>>;
  /** Times that a number was not the next one: something was lost, doubled or turned round. */
  faults: number;
}

const PASS_EVERY = 10;

/** One address of a kind in each shard, by shard. */
function oneInEach(kind: string): readonly string[] {
  const found = new Map<number, string>();
  for (let number = 0; found.size < SHARD_COUNT; number++) {
    const address = `${kind}:${number}`;
    if (!found.has(shardOf(address))) found.set(shardOf(address), address);
  }
  return Array.from({ length: SHARD_COUNT }, (_, shard) => found.get(shard) ?? '');
}

export const COUNTERS = oneInEach('counter');
export const WITNESSES = oneInEach('witness');

const witnessOf = (counter: string): string => WITNESSES[(shardOf(counter) + 1) % SHARD_COUNT] ?? '';

function behavior(kind: string, step: number, pass: (taken: number, address: string) => readonly Effect[]): Behavior {
  const own: Behavior<Count & { readonly address: string }> = {
    kind,
    version: 1,
    upcasters: {},
    snapshot: { policy: 'every-batch' },
    refuses: () => undefined,
    start: (address) => ({ state: { address, taken: 0, last: {}, faults: 0 }, handled: true, effects: [], done: false }),
    step: (state, message) => take(state, message),
    freeze: (state) => state,
    thaw: (frozen) => frozen as Count & { readonly address: string },
    describe: (state) => ({ ...state }),
  };
  const take = (state: Count & { readonly address: string }, message: AnyMessage): Step<Count & { readonly address: string }> => {
    if (message.name !== 'budget') return { state, handled: false, effects: [], done: false };
    const { reason: sender, revision } = message.data;
    const isNext = revision === (state.last[sender] ?? 0) + step;
    const taken = state.taken + 1;
    const next = { ...state, taken, last: { ...state.last, [sender]: revision }, faults: state.faults + (isNext ? 0 : 1) };
    return { state: next, handled: true, effects: pass(taken, state.address), done: false };
  };
  return own;
}

export const counterBehaviors: readonly Behavior[] = [
  behavior('counter', 1, (taken, address) =>
    taken % PASS_EVERY === 0 ? [send(witnessOf(address), 'budget', { pool: 'p', maxReplicas: 1, revision: taken, reason: address })] : [],
  ),
  behavior('witness', PASS_EVERY, () => []),
];

/** What a witness has when all is well. */
export const passedOn = (sent: number): number => Math.floor(sent / PASS_EVERY);
