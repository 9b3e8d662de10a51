/**
 * The durable shell without an actor's own work: a small XState actor that counts what it takes and sends one message for
 * ten, stepped through the runtime on the memory bus, each batch committed. Bar: 50,000 steps per second on one core.
 * Beside it: bytes per idle actor, and bare events per second of the simulation's kernel.
 *
 * Rates are per second of CPU time of this process, so that a busy machine does not distort them.
 */
import { createMemoryBus } from '../src/adapters/memory/bus.ts';
import { createSystemClock } from '../src/adapters/system/clock.ts';
import { createRandom } from '../src/adapters/system/random.ts';
import { silentLog } from '../src/ports/log.ts';
import { silentMeter, type Meter } from '../src/ports/meter.ts';
import type { Bus, NewEntry } from '../src/ports/bus.ts';
import type { Clock } from '../src/ports/clock.ts';
import { shardOf } from '../src/protocol/address.ts';
import { encodeMessage } from '../src/protocol/codec.ts';
import { createMessage } from '../src/protocol/create-message.ts';
import { machineBehavior, send, type MachineEvent } from '../src/runtime/machine.ts';
import { createRuntime, type Runtime } from '../src/runtime/runtime.ts';
import { createKernel } from '../sim/kernel/kernel.ts';
import { assign, setup } from 'xstate';

const STEPS = 200_000;
const ACTORS = 640;
const IDLE_ACTORS = 10_000;
const KERNEL_EVENTS = 1_000_000;
const APPEND_AT_ONCE = 10_000;

const machine = setup({
  types: { events: {} as MachineEvent, context: {} as { taken: number; next: string }, input: {} as { next: string } },
  actions: {
    take: assign(({ context }) => ({ taken: context.taken + 1 })),
    tell: ({ context }) => (context.taken % 10 === 0 ? send(context.next, 'heartbeat', { ...BEAT, atMs: context.taken }) : undefined),
  },
}).createMachine({
  context: ({ input }) => ({ taken: 0, next: input.next }),
  initial: 'counting',
  states: { counting: { on: { budget: { actions: ['take', 'tell'] }, heartbeat: {} } } },
});

const BEAT = { node: 'n', atMs: 0, build: 'b', protocolVersion: 1, shards: [], actors: 0, eventLoopDelayMs: 0, ready: true };

const behavior = machineBehavior({
  kind: 'count',
  machine,
  input: (address) => ({ next: `count:${(Number(address.slice(6)) + 1) % ACTORS}` }),
});

export async function run(_args: readonly string[]): Promise<void> {
  await measureIdle();
  await measureSteps();
  await measureKernel();
}

/** Counts what was applied, and tells when it is enough. */
function countingMeter(until: number): { readonly meter: Meter; readonly done: Promise<void>; readonly applied: () => number } {
  let applied = 0;
  let finish: () => void = () => {};
  const done = new Promise<void>((resolve) => (finish = resolve));
  const count: Meter['count'] = (name, labels, amount = 1) => {
    if (name !== 'forescale_messages_total' || labels?.['outcome'] !== 'applied') return;
    applied += amount;
    if (applied >= until) finish();
  };
  return { meter: { ...silentMeter, count }, done, applied: () => applied };
}

function entryFor(actor: number, sequence: number): NewEntry {
  const to = `count:${actor}`;
  const message = createMessage(
    'budget',
    { pool: 'web', maxReplicas: 3, revision: sequence, reason: 'bench' },
    { source: `producer/bench/${actor}`, incarnation: 1, sequence, timeMs: sequence },
  );
  return {
    shard: shardOf(to),
    to,
    contentType: 'application/msgpack',
    body: encodeMessage(message, 'application/msgpack'),
    atMs: sequence,
  };
}

async function fill(bus: Bus, messages: number, actors: number): Promise<void> {
  for (let begin = 0; begin < messages; begin += APPEND_AT_ONCE) {
    const count = Math.min(APPEND_AT_ONCE, messages - begin);
    await bus.append(
      Array.from({ length: count }, (_, index) => entryFor((begin + index) % actors, Math.floor((begin + index) / actors) + 1)),
    );
  }
}

function start(bus: Bus, clock: Clock, meter: Meter): Runtime {
  const shared = { bus, clock, meter, random: createRandom(1), log: silentLog, executors: {} };
  return createRuntime({ ...shared, owner: 'bench', behaviors: [behavior] });
}

async function measureSteps(): Promise<void> {
  const clock = createSystemClock();
  const bus = createMemoryBus({ clock, streamEntriesMax: STEPS });
  await fill(bus, STEPS, ACTORS);
  const { meter, done, applied } = countingMeter(STEPS);
  const runtime = start(bus, clock, meter);
  const cpu = process.cpuUsage();
  const begun = performance.now();
  await runtime.start();
  await done;
  const seconds = (performance.now() - begun) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  const cpuSeconds = (user + system) / 1e6;
  console.log(
    `steps with commit: ${perSecond(applied() / cpuSeconds)} per CPU second (${perSecond(applied() / seconds)} by the wall clock)`,
  );
  console.log(`bar 50,000: ${applied() / cpuSeconds >= 50_000 ? 'held' : 'missed'}`);
  await runtime.drain();
}

async function measureIdle(): Promise<void> {
  const clock = createSystemClock();
  const bus = createMemoryBus({ clock });
  await fill(bus, IDLE_ACTORS, IDLE_ACTORS);
  const { meter, done } = countingMeter(IDLE_ACTORS);
  const runtime = start(bus, clock, meter);
  const before = heapBytes();
  await runtime.start();
  await done;
  const bytes = (heapBytes() - before) / IDLE_ACTORS;
  console.log(
    `idle actor, with its snapshot in the bus: ${Math.round(bytes)} bytes${globalThis.gc === undefined ? ' (run with --expose-gc)' : ''}`,
  );
  await runtime.drain();
}

async function measureKernel(): Promise<void> {
  const kernel = createKernel(1);
  const again = (): void => void kernel.clock.setTimer(1, again);
  for (let index = 0; index < 100; index++) kernel.clock.setTimer(index / 100, again);
  const cpu = process.cpuUsage();
  await kernel.run(KERNEL_EVENTS / 100);
  const { user, system } = process.cpuUsage(cpu);
  console.log(`bare events of the kernel: ${perSecond(kernel.events / ((user + system) / 1e6))} per CPU second`);
}

function heapBytes(): number {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function perSecond(rate: number): string {
  return Math.round(rate).toLocaleString('en-US');
}
