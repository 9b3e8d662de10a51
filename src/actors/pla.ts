/**
 * The Predictive Load Analyzer: one for each producer, and one for each pool's total. It collects observations into
 * series, forecasts each at every interval, trains in the background while it goes on forecasting with the last good
 * model, and reports to its pool's engine.
 */
import { setup } from 'xstate';
import { plaAddress, pseAddress } from '../protocol/address.ts';
import { RESOURCES } from '../protocol/resource.ts';
import type { StateReport } from '../protocol/state-report.ts';
import type { TrainingJob, TrainingResult } from '../protocol/training.ts';
import type { Behavior, Effect } from '../runtime/behavior.ts';
import { execute, machineBehavior, owedTo, publish, send, setTimer, type MachineEvent } from '../runtime/machine.ts';
import {
  canPredict,
  closeAtMs,
  closeIntervals,
  createAnalyzer,
  forgetLearned,
  noteAge,
  observe,
  skillOf,
  staleAtMs,
  takeConfirmation,
  takeFeedback,
  takeStanding,
  type Analyzer,
} from './analyzer.ts';
import { freezeAnalyzer, thawAnalyzer, type FrozenAnalyzer } from './frozen-analyzer.ts';
import { readPoolAddress } from './address-parts.ts';
import { speakForLone, tellStanding } from './lone-producer.ts';
import { askForNetwork, giveWindows, takeNetwork } from './network-use.ts';
import { tellOutlook } from './bottom-up.ts';
import { takeOutlook } from './parts.ts';
import type { PoolRules } from './pool-rules.ts';
import { forEngine, learnedOf, outlookOf, stateReport } from './report.ts';
import { seriesBytes } from './series-set.ts';
import { isTrainingDue, requestTraining, scheduleTraining, startTraining, trainingAdopted, trainingFailed } from './training-schedule.ts';
import type { OpenNetwork } from './used-network.ts';

interface PlaContext {
  readonly analyzer: Analyzer;
  readonly openNetwork: OpenNetwork;
}

/** Single producers report at most this often: a pool's engine needs their outlines only, and the bus is shared. */
const PRODUCER_REPORT_EVERY_MS = 15_000;
/** An interval that ended so long ago is history: it is learnt, and nobody waits to hear of it. */
const HISTORY_AGE_MS = 3_600_000;
/** A training that has not begun by then is not worth beginning. */
const TRAINING_WAITS_MS = 600_000;
/** Snapshots are large and rare; between them an analyzer is rebuilt by replaying its stream. */
export const SNAPSHOT_EVERY_MESSAGES = 200;
/** A total of ten thousand producers has so many messages in half a second, and a snapshot with all of their names. */
const SNAPSHOT_EVERY_MS = 10_000;

const machine = setup({
  types: { events: {} as MachineEvent, context: {} as PlaContext, input: {} as PlaContext },
  actions: {
    takeObservation: ({ context: { analyzer }, event }) => {
      if (event.type !== 'observation') return [];
      const before = analyzer.lastMs;
      analyzer.trace = event.message.traceparent ?? null;
      observe(analyzer, event.data, event.message.incarnation, event.nowMs);
      return [...(analyzer.lastMs === before ? [] : tellOthers(analyzer)), ...timers(analyzer, event.nowMs)];
    },
    takeOutlook: ({ context: { analyzer }, event }) => {
      if (event.type !== 'producer-outlook') return;
      analyzer.nowMs = event.nowMs;
      if (analyzer.intake !== null && analyzer.rules.settings.bottomUp === true) takeOutlook(analyzer.parts, event.data);
    },
    lookAtIntervals: ({ context: { analyzer }, event }) => {
      analyzer.closeTimerMs = null;
      closeIntervals(analyzer, event.nowMs);
      return [...tellStanding(analyzer), ...timers(analyzer, event.nowMs)];
    },
    lookAtAge: ({ context: { analyzer }, event }) => {
      analyzer.staleTimerMs = null;
      noteAge(analyzer, event.nowMs);
      return timers(analyzer, event.nowMs);
    },
    takeStanding: ({ context: { analyzer }, event }) => {
      if (event.type === 'producer-standing') takeStanding(analyzer, event.data.alone, event.nowMs);
    },
    takeConfirmation: ({ context: { analyzer }, event }) => {
      if (event.type === 'confirmation') takeConfirmation(analyzer, event.data, event.nowMs);
    },
    takeFeedback: ({ context: { analyzer }, event }) => {
      if (event.type === 'feedback') takeFeedback(analyzer, event.data, event.nowMs);
    },
    report: ({ context: { analyzer } }, { state }: { readonly state: StateReport['state'] }) => report(analyzer, state),
    scheduleTraining: ({ context: { analyzer } }) => {
      scheduleTraining(analyzer.training, { ...trainingSituation(analyzer), measured: analyzer.series.measured, skill: skillOf(analyzer) });
    },
    takeControl: ({ context: { analyzer }, event }) => {
      analyzer.nowMs = event.nowMs;
      if (event.type !== 'control') return;
      if (event.data.command === 'train') requestTraining(analyzer.training, event.nowMs);
      if (event.data.command === 'reset') forgetLearned(analyzer, event.nowMs);
    },
    startTraining: ({ context: { analyzer } }) => [startJob(analyzer), ...giveWindows(analyzer, analyzer.training.cause)],
    takeTraining: ({ context: { analyzer }, event }) => {
      if (!('data' in event) || !('executor' in event.data)) return;
      analyzer.nowMs = event.nowMs;
      const { ok, value, error } = event.data;
      adopt(analyzer, ok && isResult(value) ? value : (error?.message ?? 'the trainer gave no result'));
    },
    askForNetwork: ({ context: { analyzer }, event }) => {
      if (event.type !== 'network-model') return [];
      analyzer.nowMs = event.nowMs;
      return askForNetwork(analyzer, event.data.network);
    },
    takeNetwork: ({ context: { analyzer, openNetwork }, event }) => {
      if ('data' in event && 'executor' in event.data) takeNetwork(analyzer, event.data.value, openNetwork);
    },
  },
  guards: {
    canPredict: ({ context }) => canPredict(context.analyzer),
    cannotPredict: ({ context }) => !canPredict(context.analyzer),
    hasNews: ({ context }) => context.analyzer.hasNews,
    isDemoted: ({ context }) => context.analyzer.demoted !== null,
    isTrusted: ({ context }) => context.analyzer.demoted === null,
    isNobody: ({ context: { analyzer } }) => analyzer.lastMs === null && analyzer.bucket === null && !analyzer.alone,
    isAloneNow: ({ context: { analyzer }, event }) => event.type === 'producer-standing' && event.data.alone && analyzer.intake === null,
    wasAlone: ({ context }) => context.analyzer.alone,
    isTrainingDue: ({ context: { analyzer } }) => isTrainingDue(analyzer.training, analyzer.nowMs),
    isOurTraining: ({ context: { analyzer }, event }) =>
      'data' in event && 'effect' in event.data && event.data.effect === trainingId(analyzer),
  },
}).createMachine({
  id: 'pla',
  context: ({ input }) => input,
  initial: 'collecting',
  on: {
    observation: { actions: 'takeObservation' },
    'timer.close': { actions: 'lookAtIntervals' },
    'timer.stale': { actions: 'lookAtAge' },
    'producer-outlook': { actions: 'takeOutlook' },
    'producer-standing': [
      // A producer that sends its observations to the total alone: nobody is here, and nobody stays.
      { guard: 'isNobody', target: '.gone' },
      { guard: 'isAloneNow', target: '.alone', actions: 'takeStanding' },
      { guard: 'wasAlone', target: '.collecting', actions: 'takeStanding' },
      {},
    ],
    confirmation: { actions: 'takeConfirmation' },
    feedback: { actions: 'takeFeedback' },
    control: { actions: 'takeControl' },
    // Answers to a job that a restart or a newer one has made pointless.
    'effect.compute.train.*': {},
    'network-model': { actions: 'askForNetwork' },
    'effect.network.load.ok': { actions: 'takeNetwork' },
    // The next schedule brings another.
    'effect.network.load.failed': {},
  },
  states: {
    collecting: {
      always: [
        { guard: 'canPredict', target: 'predicting' },
        { guard: 'hasNews', actions: { type: 'report', params: { state: 'collecting' } } },
      ],
    },
    predicting: {
      initial: 'trusted',
      always: [
        { guard: 'cannotPredict', target: 'collecting' },
        { guard: 'isTrainingDue', target: 'training' },
        { guard: 'hasNews', actions: ['scheduleTraining', { type: 'report', params: { state: 'predicting' } }] },
      ],
      states: {
        trusted: { always: { guard: 'isDemoted', target: 'demoted' } },
        demoted: { always: { guard: 'isTrusted', target: 'trusted' } },
      },
    },
    /** The analyzer of the total speaks for it. */
    alone: {},
    gone: { type: 'final' },
    /** Goes on collecting and forecasting with the model it has. */
    training: {
      entry: 'startTraining',
      always: { guard: 'hasNews', actions: { type: 'report', params: { state: 'training' } } },
      on: { 'effect.compute.train.*': { guard: 'isOurTraining', target: 'predicting', actions: 'takeTraining' } },
    },
  },
});

/** After an interval: of a producer, or of a total. */
function tellOthers(analyzer: Analyzer): Effect[] {
  return [...tellOutlook(analyzer), ...tellStanding(analyzer)];
}

function timers(analyzer: Analyzer, nowMs: number): Effect[] {
  const wanted: Effect[] = [];
  const closeMs = closeAtMs(analyzer, nowMs);
  if (closeMs !== undefined && closeMs !== analyzer.closeTimerMs) {
    analyzer.closeTimerMs = closeMs;
    wanted.push(setTimer('close', closeMs));
  }
  const staleMs = staleAtMs(analyzer);
  if (staleMs !== undefined && !analyzer.stale && isToBeMoved(analyzer, staleMs)) {
    analyzer.staleTimerMs = staleMs;
    wanted.push(setTimer('stale', Math.max(staleMs, nowMs + 1)));
  }
  return wanted;
}

/** Moved once a bucket: one that fires too early is set anew. */
function isToBeMoved({ staleTimerMs, series }: Analyzer, staleMs: number): boolean {
  return staleTimerMs === null || Math.abs(staleMs - staleTimerMs) >= series.settings.intervalMs;
}

function report(analyzer: Analyzer, state: StateReport['state']): Effect[] {
  const { nowMs } = analyzer;
  analyzer.hasNews = false;
  if (isHistory(analyzer)) return [];
  const everyMs = analyzer.producer === null ? 0 : PRODUCER_REPORT_EVERY_MS;
  // Half an interval of slack: reports follow intervals, whose observations come with some jitter.
  if (nowMs - analyzer.reportedMs < everyMs - analyzer.series.settings.intervalMs / 2) return [];
  analyzer.reportedMs = nowMs;
  const made = stateReport(analyzer, state);
  // Most intervals are closed by a timer; what is reported is owed to the observations before it.
  const trace = analyzer.trace ?? undefined;
  analyzer.trace = null;
  return [
    owedTo(send(pseAddress(made.pool), 'state-report', forEngine(made)), trace),
    owedTo(publish('reports', 'state-report', made), trace),
    ...speakForLone(analyzer, made),
  ];
}

/** What is told of the past, or caught up with: only its last interval is reported, when nothing newer came at once. */
function isHistory({ lastMs, nowMs, stale, series, rules: { settings } }: Analyzer): boolean {
  return !stale && lastMs !== null && nowMs - lastMs - series.settings.intervalMs > HISTORY_AGE_MS + settings.planner.staleAfterMs;
}

function trainingId(analyzer: Analyzer): string {
  return `train-${analyzer.training.running ?? 0}-${analyzer.training.failures}`;
}

function startJob(analyzer: Analyzer): Effect {
  const { rules, training, series, producer, nowMs } = analyzer;
  const cycles = startTraining(training, series.measured);
  const job: TrainingJob = {
    pool: rules.settings.pool,
    producer,
    version: training.version + 1,
    cause: training.cause,
    cycles,
    series: RESOURCES.flatMap((resource, i) => {
      const forecaster = series.forecasters[i];
      if (forecaster === undefined) return [];
      const { startMs, values } = forecaster.trainingWindow();
      return [
        { resource, intervalMs: series.settings.intervalMs, startMs, values: values.map((value) => (Number.isNaN(value) ? null : value)) },
      ];
    }),
  };
  return execute('compute.train', trainingId(analyzer), job, nowMs + TRAINING_WAITS_MS);
}

/** Adopts what was trained, or notes why not. What one series refuses leaves that series with what it had. */
function adopt(analyzer: Analyzer, result: TrainingResult | string): void {
  const { training, series } = analyzer;
  if (typeof result === 'string' || !result.ok) {
    const problem = typeof result === 'string' ? result : (result.error ?? 'the trainer failed');
    trainingFailed(training, problem, trainingSituation(analyzer));
    return;
  }
  const refusals = result.models.flatMap(({ resource, model }) => {
    const refusal = series.forecasters[RESOURCES.indexOf(resource)]?.adopt(model);
    return refusal === undefined ? [] : [`${resource}: ${refusal}`];
  });
  if (refusals.length > 0) trainingFailed(training, `the model was refused: ${refusals.join('; ')}`, trainingSituation(analyzer));
  else trainingAdopted(training, analyzer.nowMs, skillOf(analyzer));
}

function trainingSituation({ address, nowMs, series, rules: { settings } }: Analyzer) {
  return { address, nowMs, intervalMs: series.settings.intervalMs, trainEveryMs: settings.trainEveryMs };
}

function isResult(value: unknown): value is TrainingResult {
  return typeof value === 'object' && value !== null && 'ok' in value && 'models' in value && Array.isArray(value.models);
}

const noNetworks: OpenNetwork = () => ['networks are not used here'];

/** Told when forecasts of a series begin anew because what was stored of it does not fit. */
export type OnRenewal = (address: string, reason: string) => void;

/**
 * `rulesOf`: rules of a pool, undefined for an unknown one. `openNetwork`: only where pools have networks. `onRenewal`: for the log; it
 * is in reports, too.
 */
export function plaBehavior(
  rulesOf: (pool: string) => PoolRules | undefined,
  openNetwork: OpenNetwork = noNetworks,
  onRenewal: OnRenewal = () => {},
): Behavior {
  const analyzerOf = (address: string): Analyzer => {
    const { pool, rest } = readPoolAddress(address);
    const rules = rulesOf(pool);
    if (rules === undefined) throw new Error(`${address} belongs to an unknown pool`);
    return createAnalyzer(address, rules, rest ?? null);
  };
  return machineBehavior({
    kind: 'pla',
    snapshot: { policy: 'seldom', everyMessages: SNAPSHOT_EVERY_MESSAGES, everyMs: SNAPSHOT_EVERY_MS },
    machine,
    refuses(address) {
      const { pool, rest } = readPoolAddress(address);
      if (rulesOf(pool) === undefined) return `There is no pool ${pool}`;
      return plaAddress(pool, rest ?? null) === address ? undefined : `${address} is not the address of an analyzer`;
    },
    input: (address) => ({ analyzer: analyzerOf(address), openNetwork }),
    freeze: ({ analyzer }) => freezeAnalyzer(analyzer),
    thaw(frozen, address) {
      const stored = frozen as FrozenAnalyzer;
      const analyzer = thawAnalyzer(stored, analyzerOf(address).rules, openNetwork);
      const { renewed } = analyzer;
      if (renewed !== null && renewed !== stored.renewed) onRenewal(address, renewed.reason);
      return { analyzer, openNetwork };
    },
    describe: ({ analyzer }) => describeAnalyzer(analyzer),
  });
}

function describeAnalyzer(analyzer: Analyzer): Readonly<Record<string, unknown>> {
  const { series, training, intake, dropped } = analyzer;
  return {
    pool: analyzer.rules.settings.pool,
    producer: analyzer.producer,
    lastIntervalMs: analyzer.lastMs,
    requestsPerSecond: Number.isNaN(analyzer.rates[0]) ? null : analyzer.rates[0],
    observedIntervals: series.measured,
    producers: analyzer.producers,
    alone: analyzer.alone,
    stale: analyzer.stale,
    demoted: analyzer.demoted,
    promoted: analyzer.promoted,
    renewed: analyzer.renewed,
    model: { version: training.version, trainedAtMs: training.trainedAtMs, problem: training.problem },
    network: analyzer.network?.hash ?? null,
    dropped: intake === null ? dropped : intake.counts,
    startUp: { replicasStart: analyzer.startUp.starting !== null, intervalsLeftOut: analyzer.startUp.leftOut },
    ...learnedOf(analyzer),
    forecast: outlookOf(analyzer),
    stateBytes: seriesBytes(series),
  };
}
