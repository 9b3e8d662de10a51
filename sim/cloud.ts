import assert from 'node:assert/strict';
import type { LeadTime } from '../src/planning/settings.ts';
import type { Clock } from '../src/ports/clock.ts';
import type { Random } from '../src/ports/random.ts';
import type { ScaleRequest, Target, TargetError, TargetErrorCode, TargetResult, TargetState } from '../src/ports/target.ts';
import { faultAt, readError, writeError, type CloudFault } from './cloud-faults.ts';
import { drawLeadTimeMs } from './draws.ts';
import { Ledger, type Segment } from './ledger.ts';

export interface CloudOptions {
  readonly pool: string;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly random: Random;
  /** Request of a replica to its readiness: lognormal with these quantiles; both 0: ready at once. */
  readonly leadTime: LeadTime;
  /** Replicas that are ready at the beginning. */
  readonly replicas: number;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** Share of starts that fail and are begun anew when they should have been ready. Default 0. */
  readonly startFailureShare?: number;
  readonly faults?: readonly CloudFault[];
  /** A planted bug: takes writes whatever their generation. Default false. */
  readonly ignoresGeneration?: boolean;
}

export const CAPABILITIES = {
  scale: true,
  precondition: true,
  generation: 'with-write',
  bounds: true,
  confirm: 'ready',
  drain: false,
  resize: false,
  quota: true,
} as const;

/** A replica on its way. */
interface Start {
  readonly readyAtMs: number;
  readonly fails: boolean;
}

/**
 * A cloud in virtual time: replicas start after a random time, some starts fail, writes can be refused, lost or crossed.
 * Fewer replicas means that the newest start is cancelled first, then ready ones end at once. Nothing runs by itself: every
 * call first brings the cloud up to its clock, so the same calls give the same cloud.
 */
export class SimulatedCloud implements Target {
  readonly kind = 'simulated';
  readonly capabilities = CAPABILITIES;
  readonly #options: CloudOptions;
  readonly #faults: readonly CloudFault[];
  readonly #foreignWrites: CloudFault[];
  readonly #ledger: Ledger;
  /** In the order of their requests. */
  #starting: Start[] = [];
  #ready: number;
  #generation = 0;
  #writes = 0;

  constructor(options: CloudOptions) {
    this.#options = options;
    this.#faults = options.faults ?? [];
    this.#foreignWrites = this.#faults.filter((fault) => fault.kind === 'foreign-write').sort((a, b) => a.fromMs - b.fromMs);
    this.#ready = options.replicas;
    this.#ledger = new Ledger(options.clock.nowMs(), options.replicas);
  }

  get(pool: string): Promise<TargetResult<TargetState>> {
    this.#settle();
    const error = this.#unknownPool(pool) ?? readError(this.#faults, this.#nowMs());
    return Promise.resolve(error === undefined ? { ok: true, value: this.state() } : { ok: false, error });
  }

  scale(request: ScaleRequest): Promise<TargetResult<TargetState>> {
    this.#settle();
    const error = this.#refusal(request);
    if (error !== undefined) return Promise.resolve({ ok: false, error });
    if (faultAt(this.#faults, 'unknown-outcome', this.#nowMs()) !== undefined) return Promise.resolve(this.#loseAnswer(request));
    this.#write(request);
    return Promise.resolve({ ok: true, value: this.state() });
  }

  /** What it holds now, whether it answers or not. */
  state(): TargetState {
    this.#settle();
    const { pool, minReplicas, maxReplicas } = this.#options;
    return {
      pool,
      requestedReplicas: this.#requested,
      readyReplicas: this.#ready,
      generation: this.#generation,
      minReplicas,
      maxReplicas,
      observedAtMs: this.#nowMs(),
    };
  }

  /** Writes that took effect. */
  get writes(): number {
    return this.#writes;
  }

  /** What it had since the last take, up to now. */
  takeSegments(): Segment[] {
    this.#settle();
    return this.#ledger.take(this.#nowMs());
  }

  get #requested(): number {
    return this.#ready + this.#starting.length;
  }

  #nowMs(): number {
    return this.#options.clock.nowMs();
  }

  #unknownPool(pool: string): TargetError | undefined {
    if (pool === this.#options.pool) return undefined;
    return { code: 'not-found', message: `The simulated cloud has no pool ${pool}.` };
  }

  #refusal({ pool, replicas, expectedReplicas, generation }: ScaleRequest): TargetError | undefined {
    const unknown = this.#unknownPool(pool);
    if (unknown !== undefined) return unknown;
    const { minReplicas, maxReplicas } = this.#options;
    const error = (code: TargetErrorCode, message: string): TargetError => ({ code, message, state: this.state() });
    if (!Number.isInteger(replicas) || replicas < minReplicas || replicas > maxReplicas) {
      return error('invalid', `Replicas must be a whole number from ${minReplicas} to ${maxReplicas}, got ${replicas}.`);
    }
    const faulty = writeError(this.#faults, replicas, this.#nowMs());
    if (faulty !== undefined) return faulty;
    if (generation <= this.#generation && this.#options.ignoresGeneration !== true) {
      return error('superseded', `Generation ${this.#generation} was written already, ${generation} is not above it.`);
    }
    if (expectedReplicas !== this.#requested) {
      return error('conflict', `${this.#requested} replicas are asked for, not ${expectedReplicas}.`);
    }
    return undefined;
  }

  #loseAnswer(request: ScaleRequest): TargetResult<TargetState> {
    if (this.#options.random.next() < 0.5) this.#write(request);
    return { ok: false, error: { code: 'unknown-outcome', message: 'The simulated cloud did not answer in time.' } };
  }

  #write({ replicas, generation }: ScaleRequest): void {
    this.#generation = generation;
    this.#writes += 1;
    this.#change(replicas, this.#nowMs());
  }

  /** Asks for a count: starts what is missing, ends what is too much. */
  #change(replicas: number, atMs: number): void {
    while (this.#requested < replicas) this.#starting.push(this.#start(atMs));
    while (this.#requested > replicas && this.#starting.length > 0) this.#starting.pop();
    this.#ready = Math.min(this.#ready, replicas);
    this.#ledger.record(atMs, this.#requested, this.#ready);
    assert.equal(this.#requested, replicas);
  }

  #start(atMs: number): Start {
    const { leadTime, random, startFailureShare = 0 } = this.#options;
    // Both are always drawn, so that a fault does not shift what later starts draw.
    const leadMs = drawLeadTimeMs(leadTime, random);
    const fails = random.next() < startFailureShare;
    if (faultAt(this.#faults, 'never-ready', atMs) !== undefined) return { readyAtMs: Number.POSITIVE_INFINITY, fails: false };
    const slow = faultAt(this.#faults, 'slow-starts', atMs)?.factor ?? 1;
    return { readyAtMs: atMs + Math.round(leadMs * slow), fails };
  }

  /** Everything that happened up to now, in the order of time. */
  #settle(): void {
    const nowMs = this.#nowMs();
    for (;;) {
      const next = this.#nextReady();
      const write = this.#foreignWrites[0];
      const atMs = Math.min(next?.readyAtMs ?? Number.POSITIVE_INFINITY, write?.fromMs ?? Number.POSITIVE_INFINITY);
      if (atMs > nowMs) return;
      if (write !== undefined && write.fromMs === atMs) this.#applyForeignWrite(write);
      else if (next !== undefined) this.#finish(next);
    }
  }

  #nextReady(): Start | undefined {
    let first: Start | undefined;
    for (const start of this.#starting) if (first === undefined || start.readyAtMs < first.readyAtMs) first = start;
    return first;
  }

  #finish(start: Start): void {
    const index = this.#starting.indexOf(start);
    if (start.fails) {
      this.#starting[index] = this.#start(start.readyAtMs);
      return;
    }
    this.#starting.splice(index, 1);
    this.#ready += 1;
    this.#ledger.record(start.readyAtMs, this.#requested, this.#ready);
  }

  #applyForeignWrite(write: CloudFault): void {
    this.#foreignWrites.shift();
    if (write.kind === 'foreign-write') this.#change(write.replicas, write.fromMs);
  }
}
