import { numberAt, textAt, type Part } from '../../protocol/packed.ts';
import type { ForecastAnswer, StateReport } from '../../protocol/state-report.ts';
import { BAND_LEVELS, type Point } from '../api/pools.ts';

const EXPERTS_MAX = 64;

/**
 * What a chart keeps of a report, read without decoding the rest of it, which is nine tenths. Experts that are new in it are
 * added to `experts`, whose order is that of the weights.
 */
export function pointOf(report: Part, experts: string[]): { readonly point: Point; readonly horizonsMs: readonly number[] } {
  const resource = drawnPart(report.get('resources'));
  const answers = pointAnswers((resource?.get('forecasts')?.value() ?? []) as ForecastAnswer[]);
  const levels = (report.get('levels')?.value() ?? []) as number[];
  const weights = (report.get('model')?.get('weights')?.value() ?? {}) as StateReport['model']['weights'];
  for (const name of Object.keys(weights)) if (!experts.includes(name) && experts.length < EXPERTS_MAX) experts.push(name);
  const point: Point = {
    atMs: numberAt(report, 'originMs') ?? 0,
    load: numberAt(resource, 'current') ?? null,
    bands: answers.length === 0 ? null : answers.map((answer) => bandOf(levels, answer)),
    confidence: numberAt(resource, 'confidence') ?? 0,
    coverage: numberAt(resource, 'coverage', 'measured') ?? null,
    skill: numberAt(resource, 'skill') ?? null,
    weights: experts.map((name) => weights[name] ?? 0),
  };
  return { point, horizonsMs: answers.map(({ horizonMs }) => horizonMs) };
}

function drawnPart(resources: Part | undefined): Part | undefined {
  let first: Part | undefined;
  for (const resource of resources?.items() ?? []) {
    if (textAt(resource, 'resource') === 'requests') return resource;
    first ??= resource;
  }
  return first;
}

/** Requests, which people know; another resource where requests do not come. */
export function drawnResource(report: StateReport): StateReport['resources'][number] | undefined {
  return report.resources.find(({ resource }) => resource === 'requests') ?? report.resources[0];
}

/** Of single intervals, the nearest first. */
export function pointAnswers(answers: readonly ForecastAnswer[]): ForecastAnswer[] {
  return answers.filter(({ kind }) => kind === 'point').sort((a, b) => a.horizonMs - b.horizonMs);
}

export function bandOf(levels: readonly number[], answer: ForecastAnswer): number[] {
  return BAND_LEVELS.map((level) => {
    const value = answer.quantiles[levels.indexOf(level)] ?? answer.mean;
    return Number(value.toPrecision(5));
  });
}
