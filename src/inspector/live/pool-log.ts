import type { EntryId, TopicEntry } from '../../ports/bus.ts';
import { decodeTrusted } from '../../protocol/codec.ts';
import type { Part } from '../../protocol/packed.ts';
import type { Plan } from '../../protocol/plan.ts';
import type { Confirmation, Feedback } from '../../protocol/scaling.ts';
import type { StateReport } from '../../protocol/state-report.ts';
import type { ActionOutline, DecisionOutline, Point } from '../api/pools.ts';
import { outlineOf } from './outline.ts';
import { pointOf } from './point.ts';
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
  #latest: Pick<TopicEntry, 'body' | 'contentType'> | undefined;
  #report: StateReport | undefined;
  #originMs = 0;
  /** When the latest report was made, whatever time it tells of. */
  reportedMs = 0;
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

  /** The latest of the pool's total, decoded when somebody looks: most are not looked at. */
  get report(): StateReport | undefined {
    if (this.#latest === undefined) return this.#report;
    const decoded = decodeTrusted(this.#latest.body, this.#latest.contentType);
    this.#latest = undefined;
    if (decoded.ok && decoded.message.name === 'state-report') this.#report = decoded.message.data;
    return this.#report;
  }

  /** Of the pool's total; those of producers are put into `producers` as they come. */
  takeReport(report: Part, { body, contentType, atMs }: TopicEntry): void {
    this.revision += 1;
    this.reportedMs = atMs;
    this.#latest = { body, contentType };
    const { point, horizonsMs } = pointOf(report, this.experts);
    if (horizonsMs.length > 0) this.horizonsMs = horizonsMs;
    if (point.atMs > this.#originMs) this.points.push(point);
    this.#originMs = point.atMs;
  }

  takeDecision(decision: Part | undefined, plan: Plan, after: EntryId, trace: string | null): void {
    this.revision += 1;
    const outline = outlineOf(decision, plan);
    const reactive = outline.candidates.find(({ name }) => name === 'reactive');
    if (reactive !== undefined) {
      this.#wanted += outline.to;
      this.#reactive += reactive.replicas;
    }
    if (outline.from !== outline.to || outline.action !== null) this.lastChange = outline;
    this.decisions.push({ outline, after, trace });
    if (outline.action !== null) this.#startAction(outline, outline.action);
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

  #startAction({ id, atMs, from, to, reason }: DecisionOutline, address: string): void {
    const generation = Number(address.slice(address.lastIndexOf('/') + 1));
    const action = unknownAction(this.pool, id, generation, atMs);
    // Its first confirmation may have come before.
    const steps = this.actions.get(generation)?.steps ?? [];
    this.#keepAction({ ...action, address, from, to, steps, reason });
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
}

function unknownAction(pool: string, planId: string, generation: number, startedMs: number): ActionOutline {
  return { address: `act:${pool}/${generation}`, planId, generation, from: 0, to: 0, startedMs, steps: [], outcome: null, reason: '' };
}
