import type { CloudFault } from './cloud-faults.ts';
import { SimulatedCloud } from './cloud.ts';
import { createKernel, type Kernel } from './kernel/kernel.ts';
import { usageOf } from './ledger.ts';
import { requiredReplicas, type Plant } from './plant.ts';
import type { LeadTime } from '../src/planning/settings.ts';
import type { Policy, PolicyTrace, RunningPolicy, SeenInterval, StartPolicy } from './policies/policy.ts';
import { serve, type Served } from './queue.ts';
import { rounded, type TimelineRow } from './timeline.ts';
import type { Workload } from './workloads/workload.ts';

export interface RunOptions {
  readonly workload: Workload;
  readonly plant: Plant;
  readonly faults: readonly CloudFault[];
  readonly policy: Policy;
  readonly start: StartPolicy;
  /** What the user wrote, e.g. `hpa:0.7`. */
  readonly label: string;
  readonly seed: number;
  /** Only replicas are looked at: no queue and no latency is worked out. For sweeps over many policies. Default false. */
  readonly replicasOnly?: boolean;
  /** Default false. */
  readonly keepsMessages?: boolean;
  /** Called now and then with the share that is done, 0 to 1. */
  readonly onProgress?: (share: number) => void;
}

export interface PolicyRun extends PolicyTrace {
  readonly label: string;
  readonly rows: readonly TimelineRow[];
}

const NO_LEAD_TIME = { p50Ms: 0, p95Ms: 0 };
/** Progress is told this many times in a run. */
const PROGRESS_STEPS = 100;

/**
 * Runs one policy over the whole workload in its own virtual world. Everything random comes from the seed, through streams
 * of their own, so that no policy changes the luck of another.
 *
 * Every policy decides once per interval, at its end, on what was seen of it. The run begins with as many ready replicas as
 * the first interval requires.
 */
export async function runPolicy(options: RunOptions): Promise<PolicyRun> {
  const { workload, plant, faults, policy, seed, keepsMessages = false } = options;
  const kernel = createKernel(seed, { startMs: workload.startMs });
  const requiredIn = requirement(workload, plant);
  const cloud = new SimulatedCloud({
    pool: workload.name,
    clock: kernel.clock,
    random: kernel.random.fork('cloud'),
    leadTime: leadTimeFor(policy, plant),
    replicas: Math.min(plant.maxReplicas, Math.max(plant.minReplicas, requiredIn(0))),
    minReplicas: plant.minReplicas,
    maxReplicas: plant.maxReplicas,
    startFailureShare: policy.noLeadTime === true ? 0 : plant.startFailureShare,
    faults: policy.noLeadTime === true ? [] : faults,
  });
  const feed = workload.openFeed();
  const running = await options.start({ pool: workload.name, kernel, cloud, plant, workload, feed, requiredIn, seed, keepsMessages });
  const rows = await runIntervals(options, { kernel, cloud, running, requiredIn });
  return { label: options.label, rows, ...(await running.stop()) };
}

function leadTimeFor({ noLeadTime, exactLeadTime }: Policy, { leadTime }: Plant): LeadTime {
  if (noLeadTime === true) return NO_LEAD_TIME;
  return exactLeadTime === true ? { p50Ms: leadTime.p50Ms, p95Ms: leadTime.p50Ms } : leadTime;
}

const NOT_SERVED: Served = { waiting: 0, served: 0, dropped: 0, utilisation: 0, latencyP95Seconds: 0 };

interface Parts {
  readonly kernel: Kernel;
  readonly cloud: SimulatedCloud;
  readonly running: RunningPolicy;
  readonly requiredIn: (interval: number) => number;
}

async function runIntervals(
  { workload, plant, replicasOnly = false, onProgress }: RunOptions,
  { kernel, cloud, running, requiredIn }: Parts,
): Promise<TimelineRow[]> {
  const intervals = workload.demand.length;
  const every = Math.max(1, Math.floor(intervals / PROGRESS_STEPS));
  const rows: TimelineRow[] = [];
  let waiting = 0;
  for (let index = 0; index < intervals; index++) {
    const startMs = workload.startMs + index * workload.intervalMs;
    const endMs = startMs + workload.intervalMs;
    await kernel.run(endMs);
    const segments = cloud.takeSegments();
    const usage = usageOf(segments);
    const demand = workload.demand[index] ?? 0;
    const capacity = plant.replicaCapacity * (workload.capacityFactor?.[index] ?? 1);
    const settings = { replicaPerSecond: capacity / (workload.intervalMs / 1000), timeoutMs: plant.queueTimeoutMs };
    const served = replicasOnly ? NOT_SERVED : serve(segments, demand, waiting, settings);
    waiting = served.waiting;
    rows.push({
      startMs: startMs + (workload.shownLaterMs ?? 0),
      demand,
      required: requiredIn(index),
      ready: usage.readyLeast,
      // Whole but for the moment that a decision takes; kept in hundredths, so that moment does not show.
      requested: rounded(usage.requestedMean, 100),
      utilisation: served.utilisation,
      queue: served.waiting,
      dropped: served.dropped,
      latencyP95Seconds: served.latencyP95Seconds,
    });
    await running.intervalEnded(seenBy({ workload, plant, cloud, index, readyMean: usage.readyMean }));
    if (onProgress !== undefined && (index + 1) % every === 0) onProgress((index + 1) / intervals);
  }
  return rows;
}

/** Replicas that an interval requires; after the last one, what that required. */
function requirement({ demand, capacityFactor }: Workload, { replicaCapacity }: Plant): (interval: number) => number {
  return (interval) => {
    const at = Math.min(interval, demand.length - 1);
    return requiredReplicas(demand[at] ?? 0, replicaCapacity * (capacityFactor?.[at] ?? 1));
  };
}

interface Sight {
  readonly workload: Workload;
  readonly plant: Plant;
  readonly cloud: SimulatedCloud;
  readonly index: number;
  readonly readyMean: number;
}

function seenBy({ workload, plant, cloud, index, readyMean }: Sight): SeenInterval {
  const startMs = workload.startMs + index * workload.intervalMs;
  const { readyReplicas, requestedReplicas } = cloud.state();
  const told = workload.told[index] === 1;
  const demand = told ? (workload.demand[index] ?? 0) : Number.NaN;
  const work = demand * (workload.cpuFactor?.[index] ?? 1);
  const possible = readyMean * plant.replicaCapacity;
  return {
    index,
    startMs,
    endMs: startMs + workload.intervalMs,
    demand,
    utilisation: possible > 0 ? work / possible : Number.NaN,
    readyMean,
    readyReplicas,
    requestedReplicas,
  };
}
