import { announcedBy } from '../models/events/event-forecaster.ts';
import { QUANTILE_LEVELS, type Forecast, type MeasuredQuality, type NotReady } from '../models/forecast.ts';
import { recommendResource } from '../planning/recommendations.ts';
import { durationText } from '../planning/words.ts';
import { RESOURCE_UNITS, type Recommendation, type Resource } from '../protocol/resource.ts';
import type { ForecastAnswer, MeasuredSkill, NotReadyReason, ResourceReport, StateReport } from '../protocol/state-report.ts';
import { canPredict, type Analyzer } from './analyzer.ts';
import { indexOf, roundLoad } from './measure.ts';
import { memoryPeak } from './memory-peak.ts';
import { capacityReport } from './replica-capacity.ts';
import { costReport } from './request-costs.ts';
import { confidenceOf, forecastsOf, levelSkillsOf, notReadyOf, qualityOf, reportedResources, type SeriesSet } from './series-set.ts';

const LEVELS: StateReport['levels'] = [...QUANTILE_LEVELS];
/** Index of level 0.9 in the quantiles, and of the interval's bounds 0.05 and 0.95. */
const Q90 = 5;
const Q05 = 0;
const Q95 = 6;

/** What the analyzer tells now. */
export function stateReport(analyzer: Analyzer, state: StateReport['state']): StateReport {
  const { series, rules, training } = analyzer;
  const { intervalMs } = series.settings;
  const resources = reportedResources(series, rules.bounding).map((resource) => resourceReport(analyzer, resource));
  const ready = canPredict(analyzer);
  const answering = resources.filter((resource) => resource.notReady === undefined);
  return {
    pool: rules.settings.pool,
    producer: analyzer.producer,
    state,
    originMs: analyzer.lastMs ?? 0,
    intervalMs,
    observedIntervals: series.measured,
    producers: analyzer.producers,
    levels: LEVELS,
    resources,
    confidence: answering.reduce((least, { confidence }) => Math.min(least, confidence), answering.length === 0 ? 0 : 1),
    ready,
    ...(analyzer.demoted === null ? {} : { demoted: analyzer.demoted }),
    ...(analyzer.promoted === null ? {} : { promoted: analyzer.promoted }),
    model: {
      version: training.version,
      trainedAtMs: training.trainedAtMs,
      weights: weightsOf(analyzer),
      ...(analyzer.renewed === null ? {} : { renewed: analyzer.renewed }),
      ...(analyzer.network === null ? {} : { network: analyzer.network.hash }),
    },
    ...learnedOf(analyzer),
    recommendations: ready ? recommendationsOf(analyzer) : [],
  };
}

export function learnedOf({
  learning,
  rules: { settings, capacityTask },
  lastMs,
}: Analyzer): Pick<StateReport, 'costs' | 'capacity' | 'peakMemoryBytes'> {
  const { costs = null, capacity = null, memory = null } = learning ?? {};
  const peakMemoryBytes = memory === null ? null : memoryPeak(memory);
  return {
    ...(costs === null ? {} : { costs: costReport(costs, settings.costs === 'use', lastMs ?? 0, settings.horizonsMs) }),
    ...(peakMemoryBytes === null ? {} : { peakMemoryBytes }),
    ...(capacity === null || capacityTask === undefined ? {} : { capacity: capacityReport(capacity, capacityTask) }),
  };
}

/**
 * The part of a report that an engine reads: maxima only, and of a single producer the nearest one. What people and other
 * programs read is published whole; the engine's stream is not burdened with it.
 */
export function forEngine(report: StateReport): StateReport {
  const resources = report.resources.map((resource) => {
    const maxima = resource.forecasts.filter(({ kind }) => kind === 'max');
    const { skills: _skills, ...rest } = resource;
    return { ...rest, forecasts: report.producer === null ? maxima : maxima.slice(0, 1) };
  });
  return { ...report, resources, model: { ...report.model, weights: {} } };
}

function resourceReport(analyzer: Analyzer, resource: Resource): ResourceReport {
  const { series, stale } = analyzer;
  const rate = analyzer.rates[indexOf(resource)];
  const notReady = stale ? staleReason(analyzer) : notReadyOf(series, resource);
  const quality = qualityOf(series, resource);
  const [measured] = quality;
  const announced = announcedBy(series.forecasters[indexOf(resource)]);
  return {
    resource,
    unit: RESOURCE_UNITS[resource],
    current: stale || Number.isNaN(rate) ? null : roundLoad(rate),
    forecasts: notReady === undefined ? forecastsOf(series, resource).map(answer) : [],
    confidence: notReady === undefined ? share(confidenceOf(series, resource)) : 0,
    coverage: {
      nominal: 0.9,
      measured: measured === undefined || Number.isNaN(measured.coverage90) ? null : share(measured.coverage90),
      samples: measured?.samples ?? 0,
    },
    skill: skillNumber(measured?.skill),
    ...skillsOf(series, resource, quality),
    ...(announced.length === 0 ? {} : { announced: [...announced] }),
    ...(notReady === undefined ? {} : { notReady: notReadyReport(notReady, series.settings.intervalMs) }),
  };
}

function answer({ horizonMs, kind, mean, quantiles }: Forecast): ForecastAnswer {
  const rounded = quantiles.map(roundLoad);
  return {
    horizonMs,
    kind,
    mean: roundLoad(mean),
    quantiles: rounded,
    interval: { level: 0.9, lower: rounded[Q05] ?? 0, upper: rounded[Q95] ?? 0 },
  };
}

/** How good the forecast is, for metrics. */
export interface ForecastOutlook {
  readonly weights: Readonly<Record<string, number>>;
  readonly resources: readonly (Pick<ResourceReport, 'resource' | 'confidence'> & { readonly skills: readonly MeasuredSkill[] })[];
}

export function outlookOf(analyzer: Analyzer): ForecastOutlook {
  const { series, rules } = analyzer;
  const resources = reportedResources(series, rules.bounding).map((resource) => ({
    resource,
    confidence: share(confidenceOf(series, resource)),
    skills: skillsOf(series, resource, qualityOf(series, resource)).skills ?? [],
  }));
  return { weights: weightsOf(analyzer), resources };
}

/** Nothing while nothing was measured. */
function skillsOf(series: SeriesSet, resource: Resource, quality: readonly MeasuredQuality[]): Pick<ResourceReport, 'skills'> {
  if (!quality.some(({ samples }) => samples > 0)) return {};
  const levels = levelSkillsOf(series, resource);
  const skills = quality.map(({ horizonMs, kind, samples, skill, seasonalSkill }, i) => ({
    horizonMs,
    kind,
    samples,
    lastValue: skillNumber(skill),
    dayAgo: skillNumber(seasonalSkill),
    lastValueLevels: levels[i]?.lastValue.map(skillNumber) ?? [],
    dayAgoLevels: levels[i]?.dayAgo.map(skillNumber) ?? [],
  }));
  return { skills };
}

function skillNumber(skill: number | undefined): number | null {
  return skill === undefined || !Number.isFinite(skill) ? null : Math.round(skill * 1_000) / 1_000;
}

function share(value: number): number {
  return Math.round(Math.min(1, Math.max(0, value)) * 10_000) / 10_000;
}

function staleReason({ rules, series }: Analyzer): NotReady {
  const message = `Nothing was measured for ${durationText(rules.settings.planner.staleAfterMs)}`;
  return { code: 'stale-input', message, haveIntervals: series.measured, needIntervals: series.measured + 1 };
}

function notReadyReport({ code, message, haveIntervals, needIntervals }: NotReady, intervalMs: number): NotReadyReason {
  return { code, message, haveIntervals, needIntervals, etaMs: Math.max(0, needIntervals - haveIntervals) * intervalMs };
}

function weightsOf(analyzer: Analyzer): Record<string, number> {
  const weights = analyzer.series.forecasters[indexOf('requests')]?.weights() ?? {};
  const told: Record<string, number> = {};
  for (const expert in weights) told[expert] = Math.round((weights[expert] as number) * 1_000) / 1_000;
  return told;
}

/** What each resource of this producer, or of the pool, will take, against what it takes now. */
function recommendationsOf(analyzer: Analyzer): Recommendation[] {
  const said: Recommendation[] = [];
  for (const resource of reportedResources(analyzer.series, analyzer.rules.bounding)) {
    const maxima = forecastsOf(analyzer.series, resource).filter(({ kind }) => kind === 'max');
    const [first] = maxima;
    const last = maxima.at(-1);
    const soon = first?.quantiles[Q90];
    const late = last?.quantiles[Q90];
    if (first === undefined || last === undefined || soon === undefined || late === undefined) continue;
    const current = analyzer.rates[indexOf(resource)];
    const one = recommendResource({ resource, current, soon, soonMs: first.horizonMs, late, lateMs: last.horizonMs });
    if (one !== undefined) said.push(one);
  }
  return said;
}
