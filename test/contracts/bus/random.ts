import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { START, type Bus, type EntryId } from '../../../src/ports/bus.ts';
import { A, B, bytes, commitOf, entry, labelOf, readAll, type MakeBus } from './harness.ts';
import { ModelShard, type ModelCommit } from './model.ts';

const ACTOR = 'probe:a';

/** One operation on a shard. `age` chooses the epoch: 0 the current one, else an older or a newer one. */
type Operation =
  | { readonly kind: 'append'; readonly shard: number; readonly label: string }
  | { readonly kind: 'acquire'; readonly shard: number; readonly owner: string; readonly isStale: boolean }
  | { readonly kind: 'renew' | 'release'; readonly shard: number; readonly owner: string; readonly age: number }
  | {
      readonly kind: 'commit';
      readonly shard: number;
      readonly age: number;
      readonly slip: number;
      readonly step: number;
      readonly parts: CommitParts;
    }
  | { readonly kind: 'relay'; readonly shard: number; readonly age: number }
  | { readonly kind: 'fire'; readonly shard: number; readonly age: number; readonly name: string; readonly version: number }
  | { readonly kind: 'complete'; readonly shard: number; readonly age: number; readonly effect: string }
  | { readonly kind: 'trim'; readonly shard: number; readonly age: number; readonly back: number };

type CommitParts = Omit<ModelCommit, 'epoch' | 'from' | 'to' | 'parked'>;

const shard = fc.constantFrom(A, B);
const age = fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constantFrom(-1, 1) });
const owner = fc.constantFrom('n1', 'n2');
const label = fc.string({ minLength: 1, maxLength: 4 });
const versions = fc.integer({ min: 1, max: 5 });
const timer = fc.record({ name: fc.constantFrom('x', 'y'), version: versions });
const parts = fc.record({
  sends: fc.array(fc.record({ shard, label }), { maxLength: 3 }),
  timers: fc.uniqueArray(timer, { maxLength: 2, selector: ({ name }) => name }),
  cancelled: fc.uniqueArray(timer, { maxLength: 2, selector: ({ name }) => name }),
  effects: fc.uniqueArray(fc.constantFrom('e1', 'e2', 'e3'), { maxLength: 2 }),
  unparked: fc.nat({ max: 2 }),
  snapshot: fc.oneof(fc.constant(undefined), label, fc.constant(null)),
});
const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('append' as const), shard, label }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('acquire' as const), shard, owner, isStale: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('renew' as const, 'release' as const), shard, owner, age }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('commit' as const),
      shard,
      age,
      slip: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(1) }),
      step: fc.nat({ max: 3 }),
      parts,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('relay' as const), shard, age }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('fire' as const), shard, age, name: fc.constantFrom('x', 'y'), version: versions }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('complete' as const), shard, age, effect: fc.constantFrom('e1', 'e2', 'e3') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('trim' as const), shard, age, back: fc.nat({ max: 3 }) }) },
);

/** Drives a bus and the model side by side. Ids are the bus's own; positions in the model are found by counting. */
class Pair {
  readonly #bus: Bus;
  readonly #models = new Map([A, B].map((number) => [number, new ModelShard()]));
  readonly #ids = new Map<number, EntryId[]>([A, B].map((number) => [number, [START]]));

  constructor(bus: Bus) {
    this.#bus = bus;
  }

  async run(step: Operation): Promise<void> {
    const model = this.#model(step.shard);
    const [actual, expected] = await this.#both(step, model);
    assert.deepEqual(actual, expected, JSON.stringify(step));
    await this.#compare(A);
    await this.#compare(B);
  }

  #model(number: number): ModelShard {
    return this.#models.get(number) ?? assert.fail();
  }

  #id(number: number, position: number): EntryId {
    return this.#ids.get(number)?.[position] ?? assert.fail(`no entry ${position}`);
  }

  /** What the bus answers, and what the model does. */
  async #both(step: Operation, model: ModelShard): Promise<[unknown, unknown]> {
    const bus = this.#bus;
    switch (step.kind) {
      case 'append': {
        await bus.append([entry(step.shard, step.label)]);
        model.stream.push(step.label);
        return [undefined, undefined];
      }
      case 'acquire':
        return this.#acquire(step, model);
      case 'renew': {
        const isOwner = model.owner === step.owner && step.age === 0 && model.owner !== '';
        return [await bus.renewLease(step.shard, step.owner, model.epoch + step.age), isOwner];
      }
      case 'release': {
        const isOwner = model.owner === step.owner && step.age === 0 && model.owner !== '';
        const released = await bus.releaseLease(step.shard, step.owner, model.epoch + step.age);
        if (isOwner) model.owner = '';
        return [released, isOwner];
      }
      case 'commit':
        return this.#commit(step, model);
      case 'relay': {
        const epoch = model.epoch + step.age;
        const moved = await bus.relay(step.shard, epoch);
        if (!model.isCurrent(epoch)) return [moved, 'fenced'];
        const taken = model.outbox.splice(0);
        for (const send of taken) this.#model(send.shard).stream.push(send.label);
        return [moved, taken.length];
      }
      case 'fire': {
        const epoch = model.epoch + step.age;
        const key = { address: ACTOR, name: step.name, version: step.version };
        const fired = await bus.fireTimers(step.shard, epoch, [{ ...key, entry: entry(step.shard, 'fired', ACTOR) }]);
        return [fired, model.fire(epoch, step.name, step.version, 'fired')];
      }
      case 'complete': {
        const epoch = model.epoch + step.age;
        const completed = await bus.completeEffect(step.shard, epoch, step.effect, entry(step.shard, 'result', ACTOR));
        return [completed, model.complete(epoch, step.effect, 'result')];
      }
      case 'trim':
      default:
        return this.#trim(step, model);
    }
  }

  async #trim(step: Operation & { kind: 'trim' }, model: ModelShard): Promise<[unknown, unknown]> {
    const epoch = model.epoch + step.age;
    const before = Math.max(1, model.cursor - step.back);
    if (before > model.stream.length) return [undefined, undefined];
    return [await this.#bus.trim(step.shard, epoch, this.#id(step.shard, before)), model.trim(epoch, before)];
  }

  async #acquire(step: Operation & { kind: 'acquire' }, model: ModelShard): Promise<[unknown, unknown]> {
    const lease = (await this.#bus.readLeases()).find(({ shard: number }) => number === step.shard) ?? assert.fail();
    assert.deepEqual([lease.owner, lease.epoch], [model.owner, model.epoch]);
    const seen = step.isStale ? { epoch: lease.epoch, beat: lease.beat + 1 } : lease;
    const taken = await this.#bus.acquireLease(step.shard, step.owner, seen);
    if (step.isStale) return [taken, undefined];
    model.owner = step.owner;
    model.epoch += 1;
    return [
      [taken?.owner, taken?.epoch],
      [model.owner, model.epoch],
    ];
  }

  async #commit(step: Operation & { kind: 'commit' }, model: ModelShard): Promise<[unknown, unknown]> {
    const { shard: number, parts: given } = step;
    // A cursor that slipped is one entry off, where there is one to slip to.
    const from = model.cursor - step.slip < model.trimmed ? model.cursor : model.cursor - step.slip;
    const to = Math.min(model.stream.length, from + step.step);
    const taken = model.stream.slice(from, to);
    const expected: ModelCommit = {
      ...given,
      unparked: Math.min(given.unparked, model.parked.length),
      epoch: model.epoch + step.age,
      from,
      to,
      parked: taken,
    };
    const outcome = await this.#bus.commit(
      commitOf(number, expected.epoch, {
        cursorFrom: this.#id(number, from),
        cursorTo: this.#id(number, to),
        actors: given.snapshot === undefined ? [] : [{ address: ACTOR, status: { kind: 'active' }, snapshot: encode(given.snapshot) }],
        timersSet: given.timers.map((set) => ({ ...set, address: ACTOR, dueAtMs: 1 })),
        timersCancelled: given.cancelled.map((cancelled) => ({ ...cancelled, address: ACTOR })),
        effects: given.effects.map((id) => ({ id, address: ACTOR, executor: 'x', args: null, notAfterMs: 1 })),
        sends: given.sends.map((sent) => entry(sent.shard, sent.label)),
        parked: taken.map((parked, index) => ({ ...entry(number, parked, ACTOR), id: this.#id(number, from + index + 1) })),
        unparked: expected.unparked === 0 ? [] : [{ address: ACTOR, count: expected.unparked }],
      }),
    );
    return [outcome, model.commit(number, expected)];
  }

  async #compare(number: number): Promise<void> {
    const model = this.#model(number);
    const bus = this.#bus;
    const ids = this.#ids.get(number) ?? assert.fail();
    const [fresh] = await bus.readAfter([{ shard: number, after: ids.at(-1) ?? START }], 10_000, 0);
    for (const { id } of fresh?.entries ?? []) ids.push(id);
    assert.deepEqual((await readAll(bus, number)).map(labelOf), model.stream.slice(model.trimmed));
    assert.deepEqual((await bus.readParked(number, ACTOR, 10_000)).map(labelOf), model.parked);
    const [stored] = await bus.loadActors(number, [ACTOR]);
    const expected = model.snapshot;
    assert.deepEqual(
      stored && [labelOf({ body: stored.snapshot }), stored.snapshotCursor],
      expected && [expected.label, this.#id(number, expected.at)],
    );
    if (model.owner === '') return;
    const state = await bus.loadShard(number, model.epoch);
    assert.ok(state !== 'fenced');
    assert.equal(state.cursor, this.#id(number, model.cursor));
    assert.deepEqual(new Map(state.timers.map(({ name, version }) => [name, version])), model.timers);
    assert.deepEqual(new Set(state.effects.map(({ id }) => id)), model.effects);
  }
}

const encode = (text: string | null): Uint8Array | null => (text === null ? null : bytes(text));

/** Random operations of two owners on two shards give what the model gives, whatever the order. */
export function randomContract(name: string, make: MakeBus, runs: number): void {
  test(`${name}: random operations, right and wrong ones, give what a simple model gives`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 1, maxLength: 60, size: 'max' }), async (operations) => {
        const { bus, dispose } = await make();
        try {
          const pair = new Pair(bus);
          for (const step of operations) await pair.run(step);
        } finally {
          await dispose();
        }
      }),
      { seed: 20_260_724, numRuns: runs },
    );
  });
}
