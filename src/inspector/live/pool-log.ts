import type { EntryId } from '../../ports/bus.ts';
import type { Decision } from '../../protocol/plan.ts';
import type { Confirmation, Feedback } from '../../protocol/scaling.ts';
import type { ForecastAnswer, StateReport } from '../../protocol/state-report.ts';
import { BAND_LEVELS, type ActionOutline, type DecisionOutline, type Point } from '../api/pools.ts';
import { outlineOf } from './outline.ts';
import { ProducerReports } from './producer-reports.ts';
import { Ring } from './ring.ts';

/** An outline and where the whole of it stands in the topic: right after `after`. */
export interface LoggedDecision {
  readonly outline: DecisionOutline;
  readonly after: EntryId;
  readonly trace: string | null;
}

const ACTIONS_MAX = 200;
const STEPS_MAX = 64;
const LEAD_TIMES_MAX = 500;
const EXPERTS_MAX = 64;

/** What the viewer knows of one pool: bounded histories of what its actors made public. */
export class PoolLog {
  readonly pool: string;
  readonly points: Ring<Point>;
  readonly decisions: Ring<LoggedDecision>;
  readonly actions = new Map<number, ActionOutline>();
  /** Numbers each change of an action. */
  #actionChange = 0;
  readonly #actionChangedAt = new Map<number, number>();
  readonly leadTimes: number[] = [];
  readonly producers = new ProducerReports();
  readonly experts: string[] = [];
  horizonsMs: readonly number[] = [];
  report: StateReport | undefined;
  lastChange: DecisionOutline | undefined;
  /** Numbers each change, so that a list of pools can be told what is new. */
  revision = 0;
  /** Sums over the kept decisions that had a reactive candidate. */
  #wanted = 0;
  #reactive = 0;

  constructor(pool: string, pointsMax: number) {
    this.pool = pool;
    this.points = new Ring(pointsMax);
    this.decisions = new Ring(pointsMax);
  }

  get actionCursor(): number {
    return this.#actionChange;
  }

  get againstReactive(): number | null {
    return this.#reactive > 0 ? this.#wanted / this.#reactive : null;
  }

  actionsSince(cursor: number): readonly ActionOutline[] {
    return [...this.actions.values()].filter(({ generation }) => (this.#actionChangedAt.get(generation) ?? 0) > cursor);
  }

  /** Of the pool's total; those of producers are put into `producers` as they come. */
  takeReport(report: StateReport): void {
    this.revision += 1;
    const isNewer = this.report === undefined || report.originMs > this.report.originMs;
    this.report = report;
    if (isNewer && report.originMs > 0) this.points.push(this.#pointOf(report));
  }

  takeDecision(decision: Decision, after: EntryId, trace: string | null): void {
    this.revision += 1;
    const outline = outlineOf(decision);
    const reactive = outline.candidates.find(({ name }) => name === 'reactive');
    if (reactive !== undefined) {
      this.#wanted += outline.to;
      this.#reactive += reactive.replicas;
    }
    if (outline.from !== outline.to || outline.action !== null) this.lastChange = outline;
    this.decisions.push({ outline, after, trace });
    if (decision.action !== null) this.#startAction(decision, decision.action);
  }

  takeConfirmation(confirmation: Confirmation): void {
    const { generation, step, atMs, requestedReplicas: requested, readyReplicas: ready, attempts, reason } = confirmation;
    const known = this.actions.get(generation) ?? unknownAction(this.pool, confirmation.planId, generation, atMs);
    const steps = [...known.steps.slice(-(STEPS_MAX - 1)), { step, atMs, requested, ready, attempts, reason }];
    this.#keepAction({ ...known, steps });
  }

  takeFeedback(feedback: Feedback): void {
    const { generation, planId, outcome, reason, leadTimesMs } = feedback;
    const known = this.actions.get(generation) ?? unknownAction(this.pool, planId, generation, 0);
    this.#keepAction({ ...known, outcome, reason });
    this.leadTimes.push(...leadTimesMs);
    if (this.leadTimes.length > LEAD_TIMES_MAX) this.leadTimes.splice(0, this.leadTimes.length - LEAD_TIMES_MAX);
  }

  #startAction(decision: Decision, address: string): void {
    const { plan } = decision;
    const generation = Number(address.slice(address.lastIndexOf('/') + 1));
    const action = unknownAction(this.pool, plan.id, generation, plan.atMs);
    // Its first confirmation may have come before.
    const steps = this.actions.get(generation)?.steps ?? [];
    this.#keepAction({ ...action, address, from: plan.previousReplicas, to: plan.replicas, steps, reason: plan.reason });
  }

  #keepAction(action: ActionOutline): void {
    this.revision += 1;
    this.#actionChange += 1;
    this.actions.set(action.generation, action);
    this.#actionChangedAt.set(action.generation, this.#actionChange);
    if (this.actions.size <= ACTIONS_MAX) return;
    for (const oldest of this.actions.keys()) {
      this.actions.delete(oldest);
      this.#actionChangedAt.delete(oldest);
      break;
    }
  }

  #pointOf(report: StateReport): Point {
    const resource = drawnResource(report);
    const answers = (resource?.forecasts ?? []).filter(({ kind }) => kind === 'point').sort((a, b) => a.horizonMs - b.horizonMs);
    if (answers.length > 0) this.horizonsMs = answers.map(({ horizonMs }) => horizonMs);
    const { weights } = report.model;
    for (const name of Object.keys(weights)) {
      if (!this.experts.includes(name) && this.experts.length < EXPERTS_MAX) this.experts.push(name);
    }
    return {
      atMs: report.originMs,
      load: resource?.current ?? null,
      bands: answers.length === 0 ? null : answers.map((answer) => bandOf(report.levels, answer)),
      confidence: resource?.confidence ?? 0,
      coverage: resource?.coverage.measured ?? null,
      skill: resource?.skill ?? null,
      weights: this.experts.map((name) => weights[name] ?? 0),
    };
  }
}

/** Requests, which people know; another resource where requests do not come. */
export function drawnResource(report: StateReport): StateReport['resources'][number] | undefined {
  return report.resources.find(({ resource }) => resource === 'requests') ?? report.resources[0];
}

export function bandOf(levels: readonly number[], answer: ForecastAnswer): number[] {
  return BAND_LEVELS.map((level) => {
    const value = answer.quantiles[levels.indexOf(level)] ?? answer.mean;
    return Number(value.toPrecision(5));
  });
}

function unknownAction(pool: string, planId: string, generation: number, startedMs: number): ActionOutline {
  return { address: `act:${pool}/${generation}`, planId, generation, from: 0, to: 0, startedMs, steps: [], outcome: null, reason: '' };
}
