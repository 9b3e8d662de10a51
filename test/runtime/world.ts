/** A virtual world for the shell: a memory bus, processes that crash and pause, links that lose, and a producer that retries. */
import assert from 'node:assert/strict';
import { createFaultyBus, NO_BUS_FAULTS, type BusFaults } from '../../sim/kernel/faulty-bus.ts';
import { createKernel, type Kernel } from '../../sim/kernel/kernel.ts';
import { createProcess, type SimProcess } from '../../sim/kernel/process.ts';
import { createMemoryBus } from '../../src/adapters/memory/bus.ts';
import { START, type Bus, type NewEntry } from '../../src/ports/bus.ts';
import { sleep } from '../../src/ports/clock.ts';
import { silentLog } from '../../src/ports/log.ts';
import { silentMeter } from '../../src/ports/meter.ts';
import { shardOf } from '../../src/protocol/address.ts';
import { encodeMessage } from '../../src/protocol/codec.ts';
import { createMessage } from '../../src/protocol/create-message.ts';
import type { Behavior, Executor } from '../../src/runtime/behavior.ts';
import { createRuntime, type Runtime } from '../../src/runtime/runtime.ts';
import type { RuntimeSettings } from '../../src/runtime/settings.ts';
import { ASK_EVERY, ledgerBehavior, SEND_EVERY, tallyBehavior, TIMER_EVERY, type Ledger, type Tally } from './tally.ts';

export const TALLY = 'tally:one';
export const LEDGER = 'ledger:one';
export const START_MS = 1_000_000;

export interface SimNode {
  readonly runtime: Runtime;
  readonly process: SimProcess;
  readonly faults: BusFaults;
}

export interface WorldOptions {
  readonly snapshot?: Behavior['snapshot'];
  readonly settings?: Partial<RuntimeSettings>;
  /** Share of the relays that move entries without noting it. Default 0. */
  readonly relayForgets?: number;
  /** Changes the bus that everybody sees: for planted bugs. */
  readonly spoil?: (bus: Bus) => Bus;
}

export class World {
  readonly kernel: Kernel;
  /** As it is, without faults: for looking. */
  readonly bus: Bus;
  /** How often the executor ran, by effect. */
  readonly executions = new Map<string, number>();
  readonly #options: WorldOptions;
  readonly #spoiled: Bus;

  constructor(seed: number | string, options: WorldOptions = {}) {
    this.kernel = createKernel(seed, { startMs: START_MS });
    const relays = this.kernel.random.fork('relay');
    this.bus = createMemoryBus({ clock: this.kernel.clock, forgetsRelay: () => relays.next() < (options.relayForgets ?? 0) });
    this.#options = options;
    this.#spoiled = options.spoil?.(this.bus) ?? this.bus;
  }

  /** A node in a process of its own. It is not started. */
  node(name: string, given: Partial<{ behaviors: readonly Behavior[]; executors: Readonly<Record<string, Executor>> }> = {}): SimNode {
    const { kernel } = this;
    const process = createProcess(kernel.clock);
    const faults = { ...NO_BUS_FAULTS };
    const random = kernel.random.fork(name);
    const link = createFaultyBus(this.#spoiled, kernel.clock, random.fork('link'), faults);
    const shards = new Set([TALLY, LEDGER].map(shardOf));
    const runtime = createRuntime({
      owner: name,
      bus: process.connect(link),
      clock: process.clock,
      random,
      log: silentLog,
      meter: silentMeter,
      behaviors: given.behaviors ?? [this.tally(), ledgerBehavior()],
      executors: given.executors ?? { add: (_args, { effectId }) => this.#add(process, effectId) },
      isWanted: (shard) => shards.has(shard),
      settings: { snapshotLagMax: 200, housekeepingMs: 3_000, ...this.#options.settings },
    });
    return { runtime, process, faults };
  }

  tally(): Behavior {
    return tallyBehavior(this.#options.snapshot ?? { policy: 'every-batch' }, LEDGER);
  }

  async start(name: string): Promise<SimNode> {
    const node = this.node(name);
    void node.runtime.start();
    await this.kernel.runFor(0);
    return node;
  }

  entry(sequence: number, reason = 'load', to = TALLY, source = 'producer/p/1'): NewEntry {
    const atMs = this.kernel.clock.nowMs();
    const grant = { pool: 'p', maxReplicas: sequence, revision: sequence, reason };
    const message = createMessage('budget', grant, { source, incarnation: 7, sequence, timeMs: atMs });
    return { shard: shardOf(to), to, contentType: 'application/msgpack', body: encodeMessage(message, 'application/msgpack'), atMs };
  }

  /** Appends messages in order, one each few milliseconds, repeating what failed and now and then what did not. */
  async produce(count: number, faults: Readonly<BusFaults>, poison: (sequence: number) => boolean = () => false): Promise<void> {
    const { clock, random } = this.kernel;
    const drawn = random.fork('producer');
    const link = createFaultyBus(this.bus, clock, drawn.fork('link'), faults);
    for (let sequence = 1; sequence <= count;) {
      try {
        await link.append([this.entry(sequence, poison(sequence) ? 'poison' : 'load')]);
        sequence += 1;
      } catch {
        // It may be there: a producer that does not know sends again.
      }
      await sleep(clock, drawn.next() * 60);
    }
  }

  /** What an actor is, told by whichever node has it in memory. */
  state(node: SimNode, address: string): unknown {
    return node.runtime.actors().find((actor) => actor.address === address)?.state;
  }

  async deadLetters(address: string): Promise<readonly string[]> {
    const letters = await this.bus.readDeadLetters(shardOf(address), START, 10_000);
    return letters.map(({ code }) => code);
  }

  /** Brings both actors into memory, by a message that they do not know. */
  async wake(): Promise<void> {
    const atMs = this.kernel.clock.nowMs();
    const beat = { node: 'n', atMs, build: 'b', protocolVersion: 1, shards: [], actors: 0, eventLoopDelayMs: 0, ready: true };
    const contentType = 'application/msgpack';
    const body = encodeMessage(createMessage('heartbeat', beat, { source: 'test', timeMs: atMs }), contentType);
    await this.bus.append([TALLY, LEDGER].map((to) => ({ shard: shardOf(to), to, contentType, body, atMs })));
    await this.kernel.runFor(2_000);
  }

  /** What must hold once everything has come to rest, whatever happened before. */
  async check(node: SimNode, sent: number, poisoned = 0): Promise<void> {
    await this.wake();
    const tally = this.state(node, TALLY) as (Omit<Tally, 'window'> & { window: number[] }) | undefined;
    const ledger = this.state(node, LEDGER) as Ledger | undefined;
    const taken = sent - poisoned;
    const told = Math.floor(taken / SEND_EVERY);
    assert.deepEqual(
      {
        taken: tally?.taken,
        gaps: tally?.gaps,
        ticks: tally?.ticks,
        answers: tally?.answers,
        window: tally?.window.every((value) => value > 0),
        received: ledger?.received,
        repeats: ledger?.repeats,
        deadLetters: await this.deadLetters(TALLY),
        executed: this.executions.size,
      },
      {
        taken,
        gaps: poisoned,
        ticks: Math.floor(taken / TIMER_EVERY),
        answers: Math.floor(taken / ASK_EVERY),
        window: true,
        received: Array.from({ length: told }, (_, index) => (index + 1) * SEND_EVERY),
        repeats: 0,
        deadLetters: Array.from({ length: poisoned }, () => 'step-threw'),
        executed: Math.floor(taken / ASK_EVERY),
      },
      `seed ${this.kernel.seed}`,
    );
  }

  async #add(process: SimProcess, effectId: string): ReturnType<Executor> {
    this.executions.set(effectId, (this.executions.get(effectId) ?? 0) + 1);
    await sleep(process.clock, 40);
    return { ok: true, value: effectId };
  }
}
