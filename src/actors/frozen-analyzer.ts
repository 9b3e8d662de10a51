/** What is stored of an analyzer, and how it comes to life again, in this build or in another. */
import type { ProducerOutlook } from '../protocol/producer-outlook.ts';
import { allAnswer, eventsOf, startLearning, type Analyzer, type Learning, type Renewal } from './analyzer.ts';
import type { Bucket } from './bucket.ts';
import type { PoolRules } from './pool-rules.ts';
import { freezeSeries, thawSeries, type FrozenSeries } from './series-set.ts';
import type { StartUpWork } from './start-up-work.ts';
import { freezeIntake, thawIntake, type FrozenIntake } from './total-intake.ts';
import { NEVER_TRAINED, UNTRAINED, type TrainingProgress } from './training-schedule.ts';
import { openFor, type OpenNetwork } from './used-network.ts';
import type { SeenProducer } from './warm-producers.ts';

/** What is stored in another form than it lives in, or not at all. */
type Large =
  | 'alone'
  | 'answers'
  | 'bucket'
  | 'parts'
  | 'renewed'
  | 'rules'
  | 'series'
  | 'intake'
  | 'startUp'
  | 'training'
  | 'network'
  | 'dropped'
  | 'learning';

export interface FrozenAnalyzer extends Omit<Analyzer, Large> {
  readonly series: FrozenSeries;
  readonly alone?: boolean;
  readonly intake: FrozenIntake | null;
  readonly bucket?: Bucket | null;
  readonly startUp: StartUpWork;
  readonly training: TrainingProgress;
  readonly learning?: FrozenLearning | null;
  readonly network?: { readonly hash: string; readonly packed: string } | null;
  readonly parts?: readonly ProducerOutlook[];
  readonly renewed?: Renewal | null;
  readonly dropped: Analyzer['dropped'];
}

export interface FrozenLearning extends Omit<Learning, 'warm'> {
  readonly warm: readonly (readonly [string, SeenProducer])[];
}

export function freezeAnalyzer(analyzer: Analyzer): FrozenAnalyzer {
  const { rules: _rules, answers: _answers, learning, ...kept } = analyzer;
  return {
    ...kept,
    series: freezeSeries(analyzer.series),
    intake: analyzer.intake === null ? null : freezeIntake(analyzer.intake),
    bucket: analyzer.bucket === null ? null : { ...analyzer.bucket },
    startUp: { ...analyzer.startUp },
    training: { ...analyzer.training },
    ...(learning === null ? {} : { learning: freezeLearning(learning) }),
    network: analyzer.network === null ? null : { hash: analyzer.network.hash, packed: analyzer.network.packed },
    parts: [...analyzer.parts.values()],
    dropped: { ...analyzer.dropped },
  };
}

function freezeLearning({ warm, costs, capacity, memory }: Learning): FrozenLearning {
  return {
    warm: Array.from(warm, ([producer, seen]) => [producer, { ...seen }] as const),
    ...structuredClone({ costs, capacity, memory }),
  };
}

/** Nothing where it was turned off since, and a beginning where it was turned on. */
function thawLearning(frozen: FrozenLearning | null, rules: PoolRules, producer: string | null): Learning | null {
  const started = startLearning(rules, producer);
  if (started === null || frozen === null) return started;
  const { costs, capacity, memory } = structuredClone({ costs: frozen.costs, capacity: frozen.capacity, memory: frozen.memory });
  return {
    warm: new Map(frozen.warm.map(([name, seen]) => [name, { ...seen }])),
    costs: started.costs === null ? null : (costs ?? started.costs),
    capacity: started.capacity === null ? null : (capacity ?? started.capacity),
    memory: started.memory === null ? null : (memory ?? started.memory),
  };
}

/** What new forecasters are to be judged by is still to come. */
function renewal(reason: string, { lastMs }: FrozenAnalyzer): Pick<Analyzer, 'renewed' | 'demoted' | 'promoted'> {
  return { renewed: { atMs: lastMs ?? 0, reason }, demoted: null, promoted: null };
}

/** @throws TypeError if a forecaster is damaged. */
export function thawAnalyzer(frozen: FrozenAnalyzer, rules: PoolRules, open: OpenNetwork): Analyzer {
  const { network } = frozen;
  const reader = network === undefined || network === null ? undefined : openFor(rules, network.packed, open);
  const settings = frozen.producer === null ? rules.full : rules.slim;
  const { series, renewed } = thawSeries(frozen.series, settings, eventsOf(rules, frozen.producer), reader);
  return {
    ...frozen,
    rules,
    series,
    answers: allAnswer({ series, rules }),
    intake: frozen.intake === null ? null : thawIntake(frozen.intake),
    startUp: { ...frozen.startUp },
    training: { ...NEVER_TRAINED, ...frozen.training, ...(renewed !== undefined && UNTRAINED) },
    learning: thawLearning(frozen.learning ?? null, rules, frozen.producer),
    network: network === undefined || network === null || reader === undefined ? null : { ...network, reader },
    parts: new Map((frozen.parts ?? []).map((outlook) => [outlook.producer, outlook])),
    dropped: { ...frozen.dropped },
    // Snapshots from before there was one.
    alone: frozen.alone ?? false,
    bucket: frozen.bucket === undefined || frozen.bucket === null ? null : { ...frozen.bucket },
    promoted: frozen.promoted ?? null,
    renewed: frozen.renewed ?? null,
    ...(renewed !== undefined && renewal(renewed, frozen)),
    staleTimerMs: frozen.staleTimerMs ?? null,
    trace: frozen.trace ?? null,
  };
}
