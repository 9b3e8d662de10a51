import type { ScaleRequest, Target, TargetResult, TargetState } from '../src/ports/target.ts';
import { formatDuration } from '../src/config/duration.ts';
import type { TimelineRow } from './timeline.ts';

/** Something that must hold in every run of the real actors did not. The message holds what to run to see it again. */
export class InvariantViolation extends Error {
  readonly code = 'ERR_INVARIANT';
  readonly seed: number;
  readonly atMs: number;

  constructor(sentence: string, { name, seed, startMs, atMs }: RunIdentity & { readonly atMs: number }) {
    super(`${sentence} (${name}, seed ${seed}, ${formatDuration(atMs - startMs)} after the start, ${new Date(atMs).toISOString()})`);
    this.name = 'InvariantViolation';
    this.seed = seed;
    this.atMs = atMs;
  }
}

export interface RunIdentity {
  readonly name: string;
  readonly seed: number;
  readonly startMs: number;
}

export interface InvariantSettings extends RunIdentity {
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** Input older than this must not lower capacity. */
  readonly staleAfterMs: number;
}

/** What an action came to, as it was published. */
export interface EndedAction {
  readonly generation: number;
  readonly atMs: number;
}

/**
 * Watches what the actors do to their target and says at once what must never happen: counts out of bounds, generations
 * that do not rise, a write that takes effect twice, a scale-down on stale input. `finish` says what never ended.
 *
 * Stands between the executors and the target, so that it sees what was really written, whatever the actors believe.
 */
export class Invariants {
  readonly #settings: InvariantSettings;
  readonly #nowMs: () => number;
  readonly #applied = new Set<number>();
  readonly #ended = new Set<number>();
  #lastGeneration = 0;
  #broken: InvariantViolation | undefined;
  #measuredUntilMs: number;

  constructor(settings: InvariantSettings, nowMs: () => number) {
    this.#settings = settings;
    this.#nowMs = nowMs;
    this.#measuredUntilMs = settings.startMs;
  }

  /** Writes that took effect. */
  get applied(): number {
    return this.#applied.size;
  }

  /** The actors were told a measured interval that ended then. */
  noteMeasured(untilMs: number): void {
    this.#measuredUntilMs = untilMs;
  }

  noteEnded(generation: number): void {
    this.#ended.add(generation);
  }

  /** The target with every answer looked at. */
  watch(target: Target): Target {
    return {
      kind: target.kind,
      capabilities: target.capabilities,
      get: async (pool) => this.#read(await target.get(pool)),
      scale: async (request) => {
        const before = await target.get(request.pool);
        const result = await target.scale(request);
        this.#written(request, before, result);
        return this.#read(result);
      },
    };
  }

  /** Throws what was found: a runtime takes what an executor throws for a failed effect, and goes on. */
  check(): void {
    if (this.#broken !== undefined) throw this.#broken;
  }

  checkRow(row: TimelineRow): void {
    this.check();
    const atMs = row.startMs;
    if (row.ready > row.requested + 1e-9) this.#fail(`${row.ready} replicas were ready, but only ${row.requested} paid for`, atMs);
    if (!(row.queue >= 0 && row.latencyP95Seconds >= 0)) this.#fail('the queue is negative', atMs);
  }

  /** After the run and enough time for everything under way to end. */
  finish(): void {
    this.check();
    for (const generation of this.#applied) {
      if (!this.#ended.has(generation)) this.#fail(`the action of generation ${generation} never ended`);
    }
  }

  #read(result: TargetResult<TargetState>): TargetResult<TargetState> {
    if (!result.ok) return result;
    const { readyReplicas, requestedReplicas } = result.value;
    if (readyReplicas > requestedReplicas) this.#fail(`${readyReplicas} replicas are ready of ${requestedReplicas} requested`);
    return result;
  }

  #written(request: ScaleRequest, before: TargetResult<TargetState>, result: TargetResult<TargetState>): void {
    const { replicas, generation } = request;
    const { minReplicas, maxReplicas, staleAfterMs } = this.#settings;
    if (replicas < minReplicas || replicas > maxReplicas) {
      this.#fail(`${replicas} replicas were asked for, allowed are ${minReplicas} to ${maxReplicas}`);
    }
    if (!result.ok) return;
    if (this.#applied.has(generation)) this.#fail(`generation ${generation} took effect twice`);
    if (generation <= this.#lastGeneration) this.#fail(`generation ${generation} took effect after ${this.#lastGeneration}`);
    this.#applied.add(generation);
    this.#lastGeneration = generation;
    const ageMs = this.#nowMs() - this.#measuredUntilMs;
    if (before.ok && replicas < before.value.requestedReplicas && ageMs > staleAfterMs) {
      this.#fail(`capacity was lowered to ${replicas} on input that is ${formatDuration(ageMs)} old`);
    }
  }

  #fail(sentence: string, atMs = this.#nowMs()): never {
    const violation = new InvariantViolation(`Must never happen: ${sentence}`, { ...this.#settings, atMs });
    this.#broken ??= violation;
    throw violation;
  }
}
