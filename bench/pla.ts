/**
 * The analyzer (PLA): memory of one that has all four resources, time of one tick, and what many in one process take.
 * Bars: under 400 KB each, 10,000 of them in one process under 4 GiB.
 *
 * `npm run bench -- pla [COUNT]`: with COUNT analyzers (default 1,000; 10000 for the bar, which takes minutes).
 */
import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Packr } from 'msgpackr';
import { plaBehavior, SNAPSHOT_EVERY_MESSAGES } from '../src/actors/pla.ts';
import { poolRules } from '../src/actors/pool-rules.ts';
import type { PoolSettings } from '../src/actors/pool-settings.ts';
import { plannerSettings } from '../src/planning/settings.ts';
import { encodeMessage } from '../src/protocol/codec.ts';
import { createMessage } from '../src/protocol/create-message.ts';
import type { AnyMessage } from '../src/protocol/message.ts';

const MINUTE_MS = 60_000;
const START_MS = 1_700_000_040_000;
/** Ticks before measuring: every window of the short-lived kind is full, the daily profile is begun. */
const WARM_TICKS = 200;
const MEASURED_TICKS = 300;

export const settings: PoolSettings = {
  pool: 'web',
  intervalMs: MINUTE_MS,
  horizonsMs: [5 * MINUTE_MS, 10 * MINUTE_MS, 15 * MINUTE_MS],
  producerTimeoutMs: 3 * MINUTE_MS,
  lateAfterMs: MINUTE_MS / 2,
  trainEveryMs: 60 * MINUTE_MS,
  confirmEveryMs: 2_000,
  deadlineFactor: 4,
  observeMs: 2 * MINUTE_MS,
  attemptsMax: 6,
  planner: plannerSettings(MINUTE_MS, { replicaCapacity: { requestsPerSecond: 100 } }),
};

/** A load with a shape and some noise, so that no expert has it too easy. */
export function observation(producer: string, tick: number, phase: number): AnyMessage {
  const requests = 6_000 + 3_000 * Math.sin((2 * Math.PI * (tick + phase)) / 240) + ((tick * 7_919 + phase * 104_729) % 997);
  const load = { requests, cpuSeconds: requests / 200, memoryBytes: requests * 2e6, networkBytes: requests * 2e4 };
  const intervalStartMs = START_MS + tick * MINUTE_MS;
  const data = { pool: 'web', producer, intervalStartMs, intervalMs: MINUTE_MS, load, byType: {}, bySource: { distinct: 1, top: [] } };
  return createMessage('observation', data, { source: `producer/web/${producer}`, timeMs: intervalStartMs + MINUTE_MS });
}

const rules = poolRules(settings, false);
const behavior = plaBehavior(() => rules);

interface Living {
  readonly producer: string;
  state: unknown;
}

function tick(analyzers: readonly Living[], at: number): void {
  for (const [phase, analyzer] of analyzers.entries()) {
    const message = observation(analyzer.producer, at, phase);
    analyzer.state = behavior.step(analyzer.state, message, message.timeMs).state;
  }
}

function create(count: number, prefix: string): Living[] {
  return Array.from({ length: count }, (_, i) => {
    const producer = `${prefix}${i}`;
    return { producer, state: behavior.start(`pla:web/${producer}`, START_MS).state };
  });
}

/** What was garbage while the heap grew is given back to the system by another thread, which needs a moment. */
async function giveBack(gc: () => void): Promise<void> {
  for (let round = 0; round < 3; round += 1) {
    gc();
    await setTimeout(1_000);
  }
}

function collector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

export async function run(args: readonly string[]): Promise<void> {
  const count = Math.max(1, Number(args[0] ?? 1_000) || 1_000);
  const gc = collector();
  measureTime();
  measureBytes();
  gc();
  const before = memory();
  const analyzers = create(count, 'm');
  // One after the other, so that the heap does not grow from what all of them have in flight together.
  for (let at = 0; at < WARM_TICKS / 4; at += 1) tick(analyzers, at);
  await giveBack(gc);
  const after = memory();
  const each = (after.used - before.used) / count;
  console.log(`memory: ${(each / 1e3).toFixed(1)} kB for each of ${count} analyzers with four resources (bar: 400 kB)`);
  console.log(`memory: ${(after.resident / 2 ** 20).toFixed(0)} MiB resident in all (bar: 4,096 MiB for 10,000)`);
  const [first] = analyzers;
  console.log(`state: ${JSON.stringify(behavior.describe(first?.state)['stateBytes'])} bytes of numbers by the analyzer's own count`);
}

/** Bytes that one producer of a 5 s pool writes to the bus: its observation twice, its reports, its snapshots. */
function measureBytes(): void {
  const intervalMs = 5_000;
  const fast = poolRules({ ...settings, intervalMs, lateAfterMs: 2_500, producerTimeoutMs: 15_000 }, false);
  const pla = plaBehavior(() => fast);
  let { state } = pla.start('pla:web/b', START_MS);
  let bytes = 0;
  for (let at = 0; at < MEASURED_TICKS; at += 1) {
    const minutes = observation('b', at, 0);
    if (minutes.name !== 'observation') return;
    const data = { ...minutes.data, intervalMs, intervalStartMs: START_MS + at * intervalMs };
    const message = createMessage('observation', data, {
      source: 'producer/web/b',
      incarnation: 1,
      sequence: at + 1,
      timeMs: data.intervalStartMs + intervalMs,
    });
    bytes += 2 * encodeMessage(message, 'application/msgpack').byteLength;
    const step = pla.step(state, message, message.timeMs);
    state = step.state;
    for (const effect of step.effects) {
      if (effect.kind !== 'send' && effect.kind !== 'publish') continue;
      const sent = createMessage(effect.name, effect.data, { source: 'pla:web/b', sequence: at, timeMs: message.timeMs });
      bytes += encodeMessage(sent, 'application/msgpack').byteLength;
    }
  }
  const snapshot = packedBytes(pla.freeze(state)) / SNAPSHOT_EVERY_MESSAGES;
  const perSecond = (bytes / MEASURED_TICKS + snapshot) / (intervalMs / 1_000);
  console.log(`bus: ${perSecond.toFixed(0)} B/s written for one producer at a 5 s interval, snapshots included (bar: 1,000 B/s)`);
}

function memory(): { readonly used: number; readonly resident: number } {
  const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
  return { used: heapUsed + arrayBuffers, resident: rss };
}

function measureTime(): void {
  const analyzers = create(8, 't');
  for (let at = 0; at < WARM_TICKS; at += 1) tick(analyzers, at);
  const startedMs = performance.now();
  for (let at = WARM_TICKS; at < WARM_TICKS + MEASURED_TICKS; at += 1) tick(analyzers, at);
  const each = ((performance.now() - startedMs) * 1_000) / (MEASURED_TICKS * analyzers.length);
  console.log(`time: ${each.toFixed(0)} us for a tick of one analyzer with four resources, its report made`);
}

function packedBytes(frozen: unknown): number {
  return new Packr({ moreTypes: true }).pack(frozen).byteLength;
}
