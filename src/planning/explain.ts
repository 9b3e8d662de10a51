import type { Decision, Plan } from '../protocol/plan.ts';
import type { PlanInputs } from './inputs.ts';
import { plan } from './plan.ts';
import type { PlannerSettings } from './settings.ts';
import { clockText, durationText, percentText, replicasText, sizeText } from './words.ts';

/** The same plan again, or where it differs. */
export type Replay =
  | { readonly same: true; readonly plan: Plan }
  | { readonly same: false; readonly plan: Plan | null; readonly differences: readonly string[] };

/** Plans a decision again from its recorded inputs and settings and compares every field, bit for bit. */
export function replay(decision: Decision): Replay {
  const { inputs, settings } = decision;
  if (!isInputs(inputs)) return { same: false, plan: null, differences: ['the recorded inputs are not the inputs of a plan'] };
  if (!isSettings(settings)) return { same: false, plan: null, differences: ['the recorded settings are not those of a planner'] };
  // As it was recorded, so that absent and undefined, -0 and 0 are the same.
  const { advice, ...rest } = plan(inputs, settings).plan;
  // Older builds told none.
  const again = decision.plan.advice === undefined || advice === undefined ? rest : { ...rest, advice };
  const differences = compare(JSON.parse(JSON.stringify(decision.plan)), JSON.parse(JSON.stringify(again)), 'plan');
  return differences.length === 0 ? { same: true, plan: again } : { same: false, plan: again, differences };
}

/** What a decision was made from, when it was recorded whole. */
export function recordedOf({
  inputs,
  settings,
}: Decision): { readonly inputs: PlanInputs; readonly settings: PlannerSettings } | undefined {
  return isInputs(inputs) && isSettings(settings) ? { inputs, settings } : undefined;
}

/** Why a decision was made, in plain sentences, one a line. */
export function explain(decision: Decision): string {
  const { plan: made, inputs } = decision;
  const lines = [`${made.id} at ${new Date(made.atMs).toISOString()}: ${made.reason}`];
  if (isInputs(inputs)) lines.push(...situationLines(inputs));
  if (made.selection !== undefined) lines.push(made.selection.sentence);
  lines.push('Proposed:');
  for (const candidate of made.candidates) {
    const mark = candidate.name === made.winner ? ' (won)' : '';
    lines.push(`  ${candidate.name}${mark}: ${replicasText(candidate.replicas)}, because ${candidate.because}.`);
  }
  if (made.clamps.length > 0) lines.push('Then changed, in this order:');
  for (const clamp of made.clamps) lines.push(`  ${clamp.name}: from ${clamp.from} to ${clamp.to}, because ${clamp.because}.`);
  if (made.trajectory.length > 0) {
    lines.push(`Needed: ${made.trajectory.map((point) => `${point.replicas} by ${clockText(point.atMs)}`).join(', ')}.`);
  }
  if (made.recommendations.length > 0) lines.push(`Recommended: ${made.recommendations.map((r) => r.sentence).join('; ')}.`);
  if (made.sizing !== undefined) lines.push(`Sizes: ${made.sizing.sentence}${made.sizing.advised ? '' : ' (not advised yet)'}.`);
  const hindrance = isInputs(inputs) ? inputs.vertical?.hindrance : undefined;
  if (made.resize !== undefined) lines.push(`Each replica is to have ${sizeText(made.resize)}.`);
  else if (hindrance !== undefined) lines.push(`No size is changed now: ${hindrance}.`);
  lines.push(decision.action === null ? 'No action was started.' : `Carried out by ${decision.action}.`);
  return lines.join('\n');
}

const LEVEL_TEXTS = {
  shadow: 'in shadow: it planned and did nothing',
  advisory: 'advisory: it said what it would do',
  guarded: 'guarded: it acted in small steps',
} as const;

function situationLines({ target, leadTime, report, learned, autonomy, capacity }: PlanInputs): string[] {
  const lines = [
    `The target had ${target.requestedReplicas ?? 'an unknown number of'} requested and ${target.readyReplicas ?? 'an unknown number of'} ready.`,
  ];
  const source = leadTime.samples === 0 ? 'as configured' : `measured on ${leadTime.samples} replicas`;
  lines.push(`Capacity takes ${durationText(leadTime.p50Ms)}, at most ${durationText(leadTime.p95Ms)} in 19 of 20 cases (${source}).`);
  if (report === null) lines.push('No load had been reported.');
  else if (report.problem !== null) lines.push(`The forecast was not used: ${report.problem}.`);
  else lines.push(`The forecast was ready with a confidence of ${percentText(report.confidence)}.`);
  if (report?.mix !== undefined) lines.push(`Requests were weighted by their learned costs, those of the last interval by ${report.mix}.`);
  if (capacity !== undefined)
    lines.push(`A replica was found to serve ${capacity.learned} requests/s; the config says ${capacity.configured}.`);
  if (learned.levelShift !== 0) {
    lines.push(
      `Feedback had made the level ${learned.levelShift > 0 ? 'more' : 'less'} careful (by ${Math.abs(learned.levelShift)} logits).`,
    );
  }
  if (autonomy !== undefined && autonomy.level !== 'full')
    lines.push(`The pool was ${LEVEL_TEXTS[autonomy.level]}, by ${autonomy.by} since ${clockText(autonomy.sinceMs)}.`);
  if (learned.downSpeed < 1) lines.push(`Feedback had slowed scaling down to ${percentText(learned.downSpeed)} of its speed.`);
  return lines;
}

const DIFFERENCES_MAX = 20;

function compare(recorded: unknown, again: unknown, path: string): string[] {
  if (Object.is(recorded, again)) return [];
  if (!isRecord(recorded) || !isRecord(again)) return [`${path}: recorded ${JSON.stringify(recorded)}, replayed ${JSON.stringify(again)}`];
  const keys = new Set([...Object.keys(recorded), ...Object.keys(again)]);
  return [...keys].flatMap((key) => compare(recorded[key], again[key], `${path}.${key}`)).slice(0, DIFFERENCES_MAX);
}

/** Enough of the shape that planning cannot throw; wrong figures inside are found by the planner itself. */
function isInputs(value: unknown): value is PlanInputs {
  if (!isRecord(value)) return false;
  const { target, report, leadTime, learned, history } = value;
  if (typeof value['planId'] !== 'string' || typeof value['pool'] !== 'string' || typeof value['atMs'] !== 'number') return false;
  if (!isRecord(target) || !isRecord(leadTime) || !isRecord(learned) || !isRecord(history)) return false;
  if (!Array.isArray(history['recommendations']) || !Array.isArray(history['changes'])) return false;
  if (!['budget', 'override', 'pause', 'backOff'].every((key) => value[key] === null || isRecord(value[key]))) return false;
  if (value['burst'] !== undefined && value['burst'] !== null && !isRecord(value['burst'])) return false;
  if (!['autonomy', 'undo'].every((key) => value[key] === undefined || value[key] === null || isRecord(value[key]))) return false;
  const { upstream } = value;
  if (
    upstream !== undefined &&
    upstream !== null &&
    !(isRecord(upstream) && ['pools', 'levels', 'maxima'].every((key) => Array.isArray(upstream[key])))
  )
    return false;
  return isFollowed(value['followed']) && (report === null || isReport(report));
}

function isFollowed(followed: unknown): boolean {
  if (followed === null || followed === undefined) return true;
  if (!isRecord(followed) || !isRecord(followed['rule']) || !Array.isArray(followed['standings'])) return false;
  return followed['deadBand'] === undefined || isRecord(followed['deadBand']);
}

function isReport(report: unknown): boolean {
  if (!isRecord(report) || !Array.isArray(report['levels']) || !Array.isArray(report['resources'])) return false;
  return report['resources'].every(
    (resource: unknown) =>
      isRecord(resource) &&
      Array.isArray(resource['maxima']) &&
      resource['maxima'].every((answer: unknown) => isRecord(answer) && Array.isArray(answer['quantiles'])),
  );
}

function isSettings(value: unknown): value is PlannerSettings {
  if (!isRecord(value) || !isRecord(value['replicaCapacity']) || !isRecord(value['leadTimePrior'])) return false;
  return [value['scaleUp'], value['scaleDown']].every((rules) => isRecord(rules) && Array.isArray(rules['policies']));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
