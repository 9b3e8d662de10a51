import type { PoolSettings } from '../../src/actors/pool-settings.ts';
import { createInlineCompute } from '../../src/adapters/compute/inline-compute.ts';
import { createMemoryBus } from '../../src/adapters/memory/bus.ts';
import { createNode, type ForescaleNode } from '../../src/node.ts';
import { silentLog } from '../../src/ports/log.ts';
import { silentMeter } from '../../src/ports/meter.ts';
import type { Decision } from '../../src/protocol/plan.ts';
import type { Feedback } from '../../src/protocol/scaling.ts';
import type { StateReport } from '../../src/protocol/state-report.ts';
import { Invariants } from '../invariants.ts';
import type { CapacityChange, ForecastPoint, PolicyTrace, PolicyWorld, RunningPolicy, SeenInterval } from '../policies/policy.ts';
import { ProducerFleet } from './fleet.ts';
import { Listener } from './listener.ts';
import { MessageRecord } from './message-record.ts';
import { poolSettingsFor, type Goal } from './pool.ts';

/** Nobody else wants the shards, and nothing else runs on the clock: few beats and long waits make a run fast. */
const RUNTIME = {
  readWaitMs: 600_000,
  beatMs: 600_000,
  lookMs: 600_000,
  leaseMs: 3_600_000,
  leaseMarginMs: 600_000,
  housekeepingMs: 600_000,
} as const;

export async function startPredictive(world: PolicyWorld, goal: Goal): Promise<RunningPolicy> {
  const { kernel, cloud, workload, plant, pool } = world;
  const settings = { ...poolSettingsFor(pool, plant, workload.intervalMs, goal), events: workload.events ?? [] };
  const { minReplicas, maxReplicas } = plant;
  const { staleAfterMs } = settings.planner;
  const invariants = new Invariants(
    { name: pool, seed: world.seed, startMs: workload.startMs, minReplicas, maxReplicas, staleAfterMs },
    () => kernel.clock.nowMs(),
  );
  const target = invariants.watch(cloud);
  // The topics are heard out after every interval, and whatever is kept is a burden on the collector of garbage.
  const bus = createMemoryBus({ clock: kernel.clock, topicEntriesMax: Math.max(1_000, 4 * workload.producers.length) });
  const node = createNode({
    name: 'simulation',
    bus,
    clock: kernel.clock,
    random: kernel.random.fork('node'),
    log: silentLog,
    meter: silentMeter,
    pools: [settings],
    root: { replicasMax: Number.POSITIVE_INFINITY, priorities: {} },
    targets: (name) => (name === pool ? target : undefined),
    compute: createInlineCompute(),
    settings: RUNTIME,
  });
  const messages = world.keepsMessages ? new MessageRecord() : undefined;
  if (messages !== undefined) node.runtime.listen((delivered) => messages.hear(delivered));
  await node.start();
  const fleet = new ProducerFleet(bus, kernel.clock, pool);
  return new PredictiveRun(world, { node, invariants, fleet, listener: new Listener(bus, pool), settings, messages });
}

interface Parts {
  readonly node: ForescaleNode;
  readonly invariants: Invariants;
  readonly fleet: ProducerFleet;
  readonly listener: Listener;
  readonly settings: PoolSettings;
  readonly messages: MessageRecord | undefined;
}

/** After an interval's end the total is closed a moment later; everything that follows from it happens at that time. */
const SETTLE_MS = 1;

class PredictiveRun implements RunningPolicy {
  readonly #world: PolicyWorld;
  readonly #parts: Parts;
  readonly #decisions: Decision[] = [];
  readonly #forecasts: ForecastPoint[] = [];
  #controlsTold = 0;
  #lastOutcome = '';

  constructor(world: PolicyWorld, parts: Parts) {
    this.#world = world;
    this.#parts = parts;
  }

  async intervalEnded(seen: SeenInterval): Promise<void> {
    const { kernel, feed } = this.#world;
    const { fleet, invariants, listener } = this.#parts;
    const observations = feed.next(seen.index);
    if (observations.length > 0) invariants.noteMeasured(seen.endMs);
    await this.#tellControls(seen.endMs);
    await fleet.publish(observations);
    await kernel.run(seen.endMs + SETTLE_MS);
    const { decisions, feedback, reports } = await listener.hear();
    for (const decision of decisions) this.#keepDecision(decision);
    for (const report of reports) this.#keepForecast(report);
    noteEnded(feedback, invariants);
    invariants.check();
  }

  async stop(): Promise<PolicyTrace> {
    await this.#endActions();
    const { kernel } = this.#world;
    const { node, messages } = this.#parts;
    const drained = node.stop();
    await kernel.runFor(DRAIN_MS);
    await drained;
    return {
      decisions: this.#decisions,
      ...(messages && { messages: messages.lines() }),
      changes: this.#decisions.flatMap(changeOf),
      forecasts: this.#forecasts,
    };
  }

  /** Without further load nothing new is begun, and what is under way has to end by its deadline. */
  async #endActions(): Promise<void> {
    const { kernel } = this.#world;
    const { invariants, listener, settings } = this.#parts;
    const { leadTimePrior } = settings.planner;
    const untilMs = kernel.clock.nowMs() + 2 * settings.deadlineFactor * leadTimePrior.p95Ms + settings.observeMs + LAST_WORDS_MS;
    await kernel.run(untilMs);
    noteEnded((await listener.hear()).feedback, invariants);
    invariants.finish();
  }

  async #tellControls(nowMs: number): Promise<void> {
    for (const { atMs, control } of this.#world.workload.controls.slice(this.#controlsTold)) {
      if (atMs > nowMs) return;
      this.#controlsTold += 1;
      await this.#parts.node.control({ ...control, pool: this.#world.pool });
    }
  }

  /** A decision that came to the same as the one before, by the same rules, says nothing new; all of a month are a gigabyte. */
  #keepDecision(decision: Decision): void {
    const { replicas, winner, clamps } = decision.plan;
    const outcome = [replicas, winner, ...clamps.map(({ name }) => name)].join(' ');
    if (decision.action !== null || outcome !== this.#lastOutcome) this.#decisions.push(decision);
    this.#lastOutcome = outcome;
  }

  /** The nearest forecast of what bounds the pool, in units of demand. */
  #keepForecast({ originMs, levels, resources }: StateReport): void {
    const { plant, workload } = this.#world;
    const [perReplica, resource] =
      plant.bound === 'cpu' ? [1_000, 'cpu'] : [plant.replicaCapacity / (workload.intervalMs / 1000), 'requests'];
    const forecast = resources.find((told) => told.resource === resource)?.forecasts.find(({ kind }) => kind === 'point');
    if (forecast === undefined) return;
    const unitsAt = (level: number): number => ((forecast.quantiles[levels.indexOf(level)] ?? 0) / perReplica) * plant.replicaCapacity;
    this.#forecasts.push({ atMs: originMs + forecast.horizonMs, q05: unitsAt(0.05), q50: unitsAt(0.5), q95: unitsAt(0.95) });
  }
}

const DRAIN_MS = 10_000;
/** Longer than any pause between two tries. */
const LAST_WORDS_MS = 600_000;

/** An action writes back under the generation after its own. */
function noteEnded(feedback: readonly Feedback[], invariants: Invariants): void {
  for (const { generation } of feedback) {
    invariants.noteEnded(generation);
    invariants.noteEnded(generation + 1);
  }
}

function changeOf({ plan, action }: Decision): CapacityChange[] {
  if (action === null) return [];
  return [{ atMs: plan.atMs, from: plan.previousReplicas, to: plan.replicas, reason: plan.reason }];
}
