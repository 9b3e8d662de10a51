import type { Clock } from '../../ports/clock.ts';
import {
  targetError,
  type ScaleRequest,
  type Target,
  type TargetCapabilities,
  type TargetError,
  type TargetResult,
  type TargetState,
} from '../../ports/target.ts';
import { readAnswer, type Answer, type Asked, type Told } from './answer.ts';
import { readQuestion, scaleQuestion, type Question } from './question.ts';

export interface ExternalTargetOptions {
  readonly kind: string;
  readonly pool: string;
  /** For messages: who is asked. Holds no secret. */
  readonly who: string;
  readonly clock: Clock;
  /** One question, one answer. Never rejects. */
  readonly ask: (question: Question) => Promise<Asked>;
  readonly news?: News;
}

/** What the other side tells by itself. */
export interface News {
  /** What it told last, while that counts. */
  fresh(): Told | undefined;
  /** A write with this generation is on its way: what was told before is old. */
  expect(generation: number): void;
  put(told: Told): void;
}

/**
 * A system of the user's that answers questions. If it tells a generation it promises to compare and set; otherwise the
 * fence stands here: one write at a time, each after a look at the count.
 */
export function createExternalTarget(options: ExternalTargetOptions): Target {
  return new ExternalTarget(options);
}

class ExternalTarget implements Target {
  readonly kind: string;
  readonly #options: ExternalTargetOptions;
  /** Of the last write that took effect, where the other side does not keep it. */
  #generation = 0;
  #last: Told | undefined;
  #lastWrite: Promise<unknown> = Promise.resolve();

  constructor(options: ExternalTargetOptions) {
    this.kind = options.kind;
    this.#options = options;
  }

  get capabilities(): TargetCapabilities {
    const last = this.#last;
    return {
      scale: true,
      precondition: true,
      generation: last?.generation === undefined ? 'in-process' : 'with-write',
      bounds: last?.minReplicas !== undefined || last?.maxReplicas !== undefined,
      confirm: last?.readyReplicas === undefined ? 'accepted' : 'ready',
      drain: false,
      resize: false,
      quota: true,
    };
  }

  async get(pool: string): Promise<TargetResult<TargetState>> {
    if (pool !== this.#options.pool) return this.#unknown(pool);
    const told = this.#options.news?.fresh();
    if (told !== undefined) return { ok: true, value: this.#stateOf(told) };
    const answer = await this.#ask(readQuestion(pool));
    return answer.ok ? { ok: true, value: this.#stateOf(answer.told) } : { ok: false, error: answer.error };
  }

  scale(request: ScaleRequest): Promise<TargetResult<TargetState>> {
    if (request.pool !== this.#options.pool) return Promise.resolve(this.#unknown(request.pool));
    const written = this.#lastWrite.then(() => this.#write(request));
    this.#lastWrite = written.catch(() => undefined);
    return written;
  }

  async #write(request: ScaleRequest): Promise<TargetResult<TargetState>> {
    const { replicas, generation } = request;
    if (!Number.isInteger(replicas) || replicas < 0) return targetError('invalid', `${replicas} is no count of replicas`);
    // Who keeps the generation refuses by itself; who does not is looked at right before.
    if (this.#last?.generation === undefined) {
      const now = await this.#ask(readQuestion(request.pool));
      if (!now.ok) return now;
      const refused = now.told.generation === undefined ? this.#refusal(request, now.told) : undefined;
      if (refused !== undefined) return { ok: false, error: refused };
    }
    this.#options.news?.expect(generation);
    const answer = await this.#ask(scaleQuestion(request));
    if (!answer.ok) return { ok: false, error: await this.#withState(answer) };
    const { told } = answer;
    this.#options.news?.put(told);
    if (told.requestedReplicas !== replicas)
      return targetError('contradictory', `${this.#options.who} took ${replicas} replicas and says ${told.requestedReplicas}`);
    if (told.generation !== undefined && told.generation !== generation)
      return targetError('contradictory', `${this.#options.who} took generation ${generation} and says ${told.generation}`);
    this.#generation = generation;
    return { ok: true, value: this.#stateOf(told) };
  }

  /** The checks of a target that keeps no generation, on what it just said. */
  #refusal({ replicas, expectedReplicas, generation }: ScaleRequest, told: Told): TargetError | undefined {
    const state = this.#stateOf(told);
    if (generation <= this.#generation)
      return { code: 'superseded', message: `generation ${this.#generation} was written already; this is ${generation}`, state };
    if (told.requestedReplicas !== expectedReplicas)
      return { code: 'conflict', message: `the plan was made from ${expectedReplicas} replicas, it has ${told.requestedReplicas}`, state };
    const { minReplicas = 0, maxReplicas = Number.POSITIVE_INFINITY } = told;
    if (replicas >= minReplicas && replicas <= maxReplicas) return undefined;
    return { code: 'invalid', message: `it takes ${minReplicas} to ${maxReplicas} replicas, not ${replicas}` };
  }

  /** A refusal carries what the target holds; one that does not tell it is asked. */
  async #withState(answer: Extract<Answer, { ok: false }>): Promise<TargetError> {
    const { error } = answer;
    if (error.code !== 'superseded' && error.code !== 'conflict') return error;
    if (answer.told !== undefined) return { ...error, state: this.#stateOf(answer.told) };
    const now = await this.#ask(readQuestion(this.#options.pool));
    return now.ok ? { ...error, state: this.#stateOf(now.told) } : error;
  }

  async #ask(question: Question): Promise<Answer> {
    const answer = readAnswer(await this.#options.ask(question), this.#options.who);
    if (answer.told !== undefined) this.#last = answer.told;
    return answer;
  }

  #stateOf(told: Told): TargetState {
    const { requestedReplicas, readyReplicas = requestedReplicas, generation = this.#generation, ...rest } = told;
    return {
      pool: this.#options.pool,
      requestedReplicas,
      readyReplicas,
      generation,
      observedAtMs: this.#options.clock.nowMs(),
      ...(rest.minReplicas === undefined ? {} : { minReplicas: rest.minReplicas }),
      ...(rest.maxReplicas === undefined ? {} : { maxReplicas: rest.maxReplicas }),
      ...(rest.pendingReason === undefined ? {} : { pendingReason: rest.pendingReason }),
      ...(rest.stuckReason === undefined ? {} : { stuckReason: rest.stuckReason }),
    };
  }

  #unknown(pool: string): TargetResult<never> {
    return targetError('not-found', `this target has no pool ${pool}`);
  }
}
