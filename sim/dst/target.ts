import type { Clock } from '../../src/ports/clock.ts';
import type { Random } from '../../src/ports/random.ts';
import type { ScaleRequest, Target, TargetResult, TargetState } from '../../src/ports/target.ts';
import type { CloudFault } from '../cloud-faults.ts';
import { CAPABILITIES, SimulatedCloud } from '../cloud.ts';
import type { Hear } from './happening.ts';
import { createLink, type LinkFaults } from './link.ts';
import type { PlantedBug } from './planted.ts';
import { LEAD_TIME, REPLICAS } from './pools.ts';

export interface TargetOptions {
  readonly pools: readonly string[];
  readonly clock: Clock;
  readonly random: Random;
  readonly hear: Hear;
  readonly planted: ReadonlySet<PlantedBug>;
  readonly faults: readonly CloudFault[];
  /** Whether it refuses a write that was planned from another count. Some targets cannot. */
  readonly hasPrecondition: boolean;
}

/** A caller that has no answer by then gives up, milliseconds. */
const TIMEOUT_MS = 1_500;
/** Readings that a stale answer may be taken from. */
const HISTORY_MAX = 8;

/** The clouds of all pools, seen over the network from many nodes. */
export class Targets {
  readonly #options: TargetOptions;
  readonly #clouds: ReadonlyMap<string, SimulatedCloud>;
  readonly #history = new Map<string, TargetState[]>();
  /** Share of the reads that are answered with an earlier state. */
  staleReads = 0;

  constructor(options: TargetOptions) {
    this.#options = options;
    const { clock, random, faults, planted } = options;
    const cloud = (pool: string): SimulatedCloud =>
      new SimulatedCloud({
        pool,
        clock,
        random: random.fork(pool),
        leadTime: LEAD_TIME,
        replicas: 2,
        minReplicas: REPLICAS.min,
        maxReplicas: REPLICAS.max,
        startFailureShare: 0.05,
        faults,
        ignoresGeneration: planted.has('no-generation'),
      });
    this.#clouds = new Map(options.pools.map((pool) => [pool, cloud(pool)]));
  }

  /** What it holds, whether it answers or not. */
  state(pool: string): TargetState {
    return this.#cloud(pool).state();
  }

  /** The target as one node reaches it. */
  connect(by: string, random: Random, faults: Readonly<LinkFaults>): Target {
    const target: Target = {
      kind: 'simulated',
      capabilities: { ...CAPABILITIES, precondition: this.#options.hasPrecondition },
      get: (pool) => this.#get(by, pool),
      scale: (request) => this.#scale(by, request),
    };
    return createLink(target, {
      clock: this.#options.clock,
      random,
      faults,
      timeoutMs: TIMEOUT_MS,
      gaveUp: (method): TargetResult<TargetState> => ({
        ok: false,
        error: { code: method === 'scale' ? 'unknown-outcome' : 'unavailable', message: 'the target did not answer in time' },
      }),
    });
  }

  #cloud(pool: string): SimulatedCloud {
    const cloud = this.#clouds.get(pool);
    if (cloud === undefined) throw new RangeError(`there is no pool ${pool}`);
    return cloud;
  }

  async #get(by: string, pool: string): Promise<TargetResult<TargetState>> {
    const result = await this.#cloud(pool).get(pool);
    this.#options.hear({ kind: 'target', by, call: 'get', pool, outcome: result.ok ? 'ok' : result.error.code });
    return result.ok ? { ok: true, value: this.#remember(result.value) } : result;
  }

  /** Notes what is true, and tells it or, now and then, what was. */
  #remember(state: TargetState): TargetState {
    const known = this.#history.get(state.pool) ?? [];
    this.#history.set(state.pool, [...known.slice(1 - HISTORY_MAX), state]);
    const { random } = this.#options;
    if (known.length === 0 || random.next() >= this.staleReads) return state;
    return known[random.int(known.length)] ?? state;
  }

  async #scale(by: string, given: ScaleRequest): Promise<TargetResult<TargetState>> {
    const cloud = this.#cloud(given.pool);
    const before = cloud.state();
    const request = this.#options.hasPrecondition ? given : { ...given, expectedReplicas: before.requestedReplicas };
    const writes = cloud.writes;
    const result = await cloud.scale(request);
    if (cloud.writes > writes) this.#options.hear({ kind: 'wrote', by, request: given, before, after: cloud.state() });
    this.#options.hear({ kind: 'target', by, call: 'scale', pool: given.pool, outcome: result.ok ? 'ok' : result.error.code });
    return result;
  }
}
