import type { Decision } from '../protocol/plan.ts';
import { recordedOf } from './explain.ts';
import type { FollowedInput, PlanInputs, ReportInput } from './inputs.ts';
import { plan } from './plan.ts';
import type { PlannerSettings } from './settings.ts';
import { durationText, percentText } from './words.ts';

/** One thing that, had it been different, would have led to another number. */
export interface WhatIf {
  /** `If the forecast had been 12% higher`. */
  readonly condition: string;
  readonly replicas: number;
}

/** Factors on the forecast that are tried; the change is then found to a hundredth. */
const FACTOR_MAX = 4;
const FACTOR_STEPS = 12;

/**
 * What would have changed a decision: it is planned again with one thing different at a time. Only what leads to another
 * number is told. Empty for a decision whose inputs were not recorded whole.
 */
export function whatIf(decision: Decision): readonly WhatIf[] {
  const recorded = recordedOf(decision);
  if (recorded === undefined) return [];
  const { inputs, settings } = recorded;
  const was = plan(inputs, settings).plan.replicas;
  const told: WhatIf[] = [];
  const note = (condition: string, otherInputs: PlanInputs, otherSettings: PlannerSettings = settings): void => {
    const { replicas } = plan(otherInputs, otherSettings).plan;
    if (replicas !== was) told.push({ condition, replicas });
  };
  told.push(...loadChanges(inputs, settings, was));
  noteForecast(inputs, note);
  noteHands(inputs, note);
  noteBounds(inputs, settings, note);
  return told;
}

type Note = (condition: string, inputs: PlanInputs, settings?: PlannerSettings) => void;

function noteForecast(inputs: PlanInputs, note: Note): void {
  const { report, leadTime } = inputs;
  if (report?.ready === true) {
    const resources = report.resources.map((resource) => ({ ...resource, maxima: [] }));
    note('If there had been no forecast', { ...inputs, report: { ...report, ready: false, problem: 'left out', resources } });
    if (report.confidence < 1) note('If the forecast had been fully trusted', { ...inputs, report: { ...report, confidence: 1 } });
    if (report.confidence > 0) note('If the forecast had not been trusted', { ...inputs, report: { ...report, confidence: 0 } });
  }
  if (inputs.followed) note('If no rule had proven itself', { ...inputs, followed: null });
  if (inputs.followed?.clock !== undefined)
    note('If all minutes of the hour had been alike', { ...inputs, followed: { ...inputs.followed, clock: 1 } });
  const affordable = inputs.followed ? 'If an HPA had not been short less often' : 'If one more surprise had been affordable';
  if (inputs.peer) note(affordable, { ...inputs, peer: null });
  if (inputs.upstream) note('If no pool had called this one', { ...inputs, upstream: null });
  if (inputs.burst) note('If the load had not jumped', { ...inputs, burst: null });
  for (const factor of [2, 0.5]) {
    const slower = { ...leadTime, p50Ms: leadTime.p50Ms * factor, p95Ms: leadTime.p95Ms * factor };
    note(`If capacity took ${durationText(slower.p95Ms)} instead of ${durationText(leadTime.p95Ms)}`, { ...inputs, leadTime: slower });
  }
}

function noteHands(inputs: PlanInputs, note: Note): void {
  if (inputs.override !== null) note('Without the override', { ...inputs, override: null });
  const { autonomy } = inputs;
  if (autonomy !== undefined && autonomy.level !== 'full')
    note('With full autonomy', { ...inputs, autonomy: { ...autonomy, level: 'full' } });
  if (inputs.undo) note('If the last scale-down had not been taken back', { ...inputs, undo: null });
  if (inputs.pause !== null) note('If it had not been paused', { ...inputs, pause: null });
  if (inputs.backOff !== null) note('If the last action had not failed', { ...inputs, backOff: null });
  if (inputs.budget !== null) note('Without the budget', { ...inputs, budget: { ...inputs.budget, maxReplicas: Number.MAX_SAFE_INTEGER } });
}

function noteBounds(inputs: PlanInputs, settings: PlannerSettings, note: Note): void {
  const largest = 1_000_000;
  note(`With no maximum of ${settings.maxReplicas}`, inputs, { ...settings, maxReplicas: largest });
  note(`With no minimum of ${settings.minReplicas}`, inputs, { ...settings, minReplicas: 0 });
  for (const { name } of settings.formulas ?? [])
    note(`Without your rule ${name}`, inputs, {
      ...settings,
      formulas: settings.formulas?.filter((formula) => formula.name !== name) ?? [],
    });
  const at = settings.scaleDown.stabilizationWindowMs;
  if (at > 0) {
    const quick = { ...settings, scaleDown: { ...settings.scaleDown, stabilizationWindowMs: 0 } };
    note(`Without the ${durationText(at)} of stabilisation`, { ...inputs, history: { ...inputs.history, sinceMs: 0 } }, quick);
  }
  const free = {
    ...settings,
    scaleUp: { ...settings.scaleUp, policies: [] },
    scaleDown: { ...settings.scaleDown, policies: [] },
  };
  if (settings.scaleUp.policies.length + settings.scaleDown.policies.length > 0) note('Without the limits on speed', inputs, free);
  for (const objective of [settings.objective / 10, settings.objective * 10]) {
    if (objective > 0.5 || objective < 0.0001) continue;
    note(`If ${percentText(objective)} of the time might be short instead of ${percentText(settings.objective)}`, inputs, {
      ...settings,
      objective,
    });
  }
}

/** The smallest change of load and forecast together, up and down, that leads to another number. */
function loadChanges(inputs: PlanInputs, settings: PlannerSettings, was: number): WhatIf[] {
  const { report } = inputs;
  if (report === null) return [];
  const at = (factor: number): number =>
    plan({ ...inputs, report: scaled(report, factor), followed: scaledMemory(inputs, factor) }, settings).plan.replicas;
  const told: WhatIf[] = [];
  for (const [word, end] of [
    ['higher', FACTOR_MAX],
    ['lower', 1 / FACTOR_MAX],
  ] as const) {
    const factor = nearestChange(at, was, end);
    if (factor === undefined) continue;
    told.push({ condition: `If load and forecast had been ${percentText(Math.abs(factor - 1))} ${word}`, replicas: at(factor) });
  }
  return told;
}

/** By bisection between no change and `end`; undefined when even `end` changes nothing. */
function nearestChange(at: (factor: number) => number, was: number, end: number): number | undefined {
  if (at(end) === was) return undefined;
  let same = 1;
  let other = end;
  for (let step = 0; step < FACTOR_STEPS && Math.abs(other - same) > 0.005; step++) {
    const middle = (same + other) / 2;
    if (at(middle) === was) same = middle;
    else other = middle;
  }
  return other;
}

/** A rule that looks back remembers loads; one that looks ahead remembers counts, which the same factor moves as much. */
function scaledMemory({ followed = null }: PlanInputs, factor: number): FollowedInput | null {
  if (followed === null) return null;
  const held = followed.held * factor;
  return { ...followed, held: followed.rule.kind === 'reactive' ? held : Math.ceil(held) };
}

function scaled(report: ReportInput, factor: number): ReportInput {
  const times = (value: number | null): number | null => (value === null ? null : value * factor);
  return {
    ...report,
    resources: report.resources.map((resource) => ({
      ...resource,
      current: times(resource.current),
      recentMax: times(resource.recentMax),
      maxima: resource.maxima.map((answer) => ({ ...answer, quantiles: answer.quantiles.map((value) => value * factor) })),
    })),
  };
}
