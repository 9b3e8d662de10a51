import { createMemoryBus } from '../../adapters/memory/bus.ts';
import { createSystemClock } from '../../adapters/system/clock.ts';
import type { LocalTarget } from '../../adapters/local/target.ts';
import type { ConfiguredPool, NodeSettings } from '../../config/settings.ts';
import type { TimerHandle } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import { withHolidays } from '../calendars.ts';
import type { Target } from '../../ports/target.ts';
import { describeTarget } from '../describe-target.ts';
import { pseAddress } from '../../protocol/address.ts';
import type { AnyMessage } from '../../protocol/message.ts';
import { whenOutputCloses } from '../output.ts';
import { tellDemoPast } from './demo-past.ts';
import type { Display } from './display.ts';
import { startClients } from './clients.ts';
import { chooseDisplay } from './choose-display.ts';
import { readFlags, type UpFlags, type UpOrder } from './flags.ts';
import { startHealth } from './health.ts';
import { openInspector, startInspector } from './inspector.ts';
import { openLog } from './open-log.ts';
import type { Session } from './session.ts';
import type { ScalerController } from './scalers/controller.ts';
import { openScalers } from './scalers/open.ts';
import { startServe } from './serve.ts';
import { createStopper, type Stopper } from './stopper.ts';
import { createPoolView, takeMessage, type PoolView, type ReplicaCounts } from './view.ts';

const TICK_MS = 1_000;
/** A target elsewhere is asked so often for what is shown: each time costs it a request, or starts a program. */
const ASK_ELSEWHERE_EVERY_TICKS = 5;

/**
 * Runs until a signal, the end of `--for` or a closed output. Resolves when every process that it started is gone.
 * @throws InputError before anything is started.
 */
export async function runUp(flags: UpFlags): Promise<void> {
  const order = readFlags(flags);
  const display = chooseDisplay(flags);
  const log = openLog(flags, order.settings.node.logLevel, display);
  const stopper = createStopper();
  whenOutputCloses(() => stopper.stop('the output was closed'));
  try {
    await runRounds(order, display, log, stopper);
  } finally {
    stopper.end();
  }
}

/** Session after session: another one when pools have come or gone. */
async function runRounds(order: UpOrder, display: Display, log: Log, stopper: Stopper): Promise<void> {
  // Loaded only now: a wrong option is told at once.
  const { openSession } = await import('./open-session.ts');
  const scalers = openScalers(order, clock, log);
  const ending = new AbortController();
  void stopper.stopped.then(() => ending.abort());
  // What the actors know outlives a session that ends because pools have come or gone.
  const bus = scalers === undefined ? undefined : createMemoryBus({ clock });
  const startMs = clock.nowMs();
  let endTimer: TimerHandle | undefined;
  const onStarted = (): void => {
    if (order.forMs !== undefined) endTimer ??= clock.setTimer(order.forMs, () => stopper.stop('the time is over'));
  };
  try {
    await scalers?.start(ending.signal);
    let isOver = ending.signal.aborted;
    while (!isOver) {
      const settings = await withHolidays(scalers?.settings ?? order.settings, clock.nowMs());
      const cluster = order.cluster && (scalers === undefined ? order.cluster : { ...order.cluster, isNewConfig: true });
      const session = await openSession({ settings, cluster }, clock, log, bus);
      stopper.onKill(() => session.kill());
      isOver = await run({ ...order, settings }, session, { display, log, stopper, startMs, onStarted, scalers, ending: ending.signal });
    }
  } finally {
    endTimer?.cancel();
    await scalers?.stop();
    await bus?.close();
  }
}

interface Surroundings {
  readonly display: Display;
  readonly log: Log;
  readonly stopper: Stopper;
  readonly startMs: number;
  readonly onStarted: () => void;
  readonly scalers: ScalerController | undefined;
  readonly ending: AbortSignal;
}

const clock = createSystemClock();

/** True when it is over; false when a session with other pools is wanted. */
async function run(
  order: UpOrder,
  session: Session,
  { display, log, stopper, startMs, onStarted, scalers, ending }: Surroundings,
): Promise<boolean> {
  const inspector = await openInspector(order.settings, session, clock, log, () => stopper.stop('a person drained it'));
  const cycleStartMs = await beginDemo(order, session);
  await session.start();
  stopper.onKill(() => void inspector?.stop());
  const page = await startInspector(inspector, session);
  const health = await startHealth(order.health, session);
  const served = await startServe(order.settings, session, clock, log);
  const views = order.settings.pools.map((pool) => viewOf(pool, session));
  display.started({
    node: session.node.name,
    nowMs: clock.nowMs(),
    isDemo: order.isDemo,
    pools: views,
    ...(page === undefined ? {} : { page }),
  });
  const [first] = views;
  const clients = order.isDemo && first !== undefined ? startClients(first, session.target, cycleStartMs, clock, log) : undefined;
  stopper.onKill(() => clients?.kill());
  onStarted();
  const ticker = startTicker(session, views, display);
  scalers?.attach({ bus: session.bus, settings: order.settings, isHere: (pool) => session.node.describe(pseAddress(pool)) !== undefined });
  const why = await Promise.race([stopper.stopped, othersWanted(scalers, order.settings, ending)]);
  scalers?.attach(undefined);
  if (why !== undefined) display.stopping(why);
  else log.info({ pools: scalers?.settings.pools.length }, 'pools have come, gone or changed; the node begins anew with them');
  await clients?.stop();
  await inspector?.stop();
  await served?.stop();
  await session.stop();
  await health?.close();
  await ticker.stop();
  if (why === undefined) return false;
  const nowMs = clock.nowMs();
  display.stopped({ why, nowMs, ranForMs: nowMs - startMs, pools: views });
  return true;
}

/** Never resolves without a controller, or when the end comes first. */
function othersWanted(scalers: ScalerController | undefined, settings: NodeSettings, ending: AbortSignal): Promise<undefined> {
  const never = new Promise<undefined>(() => {});
  if (scalers === undefined) return never;
  return scalers.changed(settings, ending).then(() => (ending.aborted ? never : undefined));
}

/** Before the first replica reports, since what is older than a report is dropped. @returns when the demo's present cycle began, epoch ms. */
async function beginDemo({ settings, isDemo, cluster }: UpOrder, { bus }: Session): Promise<number> {
  const [first] = settings.pools;
  // A bus that outlives us may know the demo's load already.
  if (!isDemo || cluster !== undefined || first === undefined) return clock.nowMs();
  return tellDemoPast(bus, first.pool, first.intervalMs, clock);
}

function viewOf({ pool, planner, target: settings }: ConfiguredPool, { target }: Session): PoolView {
  return createPoolView(pool, target.url(pool) ?? describeTarget(settings), planner.replicaCapacity.requestsPerSecond);
}

/** Looks once a second at what the actors made public and at the replicas, and shows it. */
function startTicker({ feed, target, targetOf }: Session, views: readonly PoolView[], display: Display): { stop(): Promise<void> } {
  let isOver = false;
  let looking = Promise.resolve();
  let ticks = 0;

  const look = async (): Promise<void> => {
    for (const view of views) {
      const asked = targetOf(view.pool);
      if (asked === target || ticks % ASK_ELSEWHERE_EVERY_TICKS === 0) view.replicas = await countReplicas(view.pool, target, asked);
    }
    ticks += 1;
    for (const message of await feed.next().catch(nothing)) {
      for (const view of views) {
        const notice = takeMessage(view, message);
        if (notice !== undefined) display.notice(view, notice, clock.nowMs());
      }
    }
    display.tick(views, clock.nowMs());
  };
  const tick = (): void => {
    if (isOver) return;
    looking = look();
    clock.setTimer(TICK_MS, tick);
  };
  tick();
  return {
    stop() {
      isOver = true;
      return looking;
    },
  };
}

/** While the bus is away there is nothing to show; the log tells why. */
const nothing = (): readonly AnyMessage[] => [];

async function countReplicas(pool: string, local: LocalTarget, target: Target): Promise<ReplicaCounts> {
  const state = await target.get(pool);
  const requested = state.ok ? state.value.requestedReplicas : 0;
  const pendingReason = state.ok ? state.value.pendingReason : state.error.message;
  const told = { requested, ...(pendingReason === undefined ? {} : { pendingReason }) };
  if (target !== local) {
    const ready = state.ok ? state.value.readyReplicas : 0;
    return { ...told, ready, starting: Math.max(0, requested - ready), draining: 0 };
  }
  const replicas = local.replicas(pool);
  const count = (wanted: string): number => replicas.filter(({ phase }) => phase === wanted).length;
  return { ...told, ready: count('ready'), starting: count('starting'), draining: count('draining') + count('stopping') };
}
