/**
 * The algorithm of the Kubernetes Horizontal Pod Autoscaler, autoscaling/v2, for one metric: the replica calculator
 * (pkg/controller/podautoscaler/replica_calculator.go) and the normalisation with `behavior` (horizontal.go).
 */
export interface HpaSettings {
  /** Wanted mean utilisation of ready pods, above 0. */
  readonly targetUtilisation: number;
  /** No change while the ratio to the target is within 1 plus or minus this. Default 0.1. */
  readonly tolerance: number;
  readonly syncPeriodMs: number;
  readonly scaleUp: HpaBehavior;
  readonly scaleDown: HpaBehavior;
  readonly minReplicas: number;
  readonly maxReplicas: number;
}

export interface HpaBehavior {
  readonly stabilizationWindowMs: number;
  /** The largest change that any of these allows is allowed (`selectPolicy: Max`). */
  readonly policies: readonly { readonly type: 'Pods' | 'Percent'; readonly value: number; readonly periodMs: number }[];
}

/** The documented defaults of the controller manager and of `behavior`. */
export const HPA_DEFAULTS = {
  targetUtilisation: 0.7,
  tolerance: 0.1,
  syncPeriodMs: 15_000,
  scaleUp: {
    stabilizationWindowMs: 0,
    policies: [
      { type: 'Percent', value: 100, periodMs: 15_000 },
      { type: 'Pods', value: 4, periodMs: 15_000 },
    ],
  },
  scaleDown: { stabilizationWindowMs: 300_000, policies: [{ type: 'Percent', value: 100, periodMs: 15_000 }] },
} as const satisfies Partial<HpaSettings>;

export interface HpaMetrics {
  /** Mean utilisation of the ready pods; NaN when there is no metric. */
  readonly utilisation: number;
  readonly readyReplicas: number;
  /** `spec.replicas` of the scale target. */
  readonly currentReplicas: number;
}

interface Timed {
  readonly atMs: number;
  readonly value: number;
}

/** One autoscaler with its memory. Syncs must come in the order of time. */
export class HpaController {
  readonly #settings: HpaSettings;
  #recommendations: Timed[] = [];
  /** Changes of the count: positive values went up. */
  #changes: Timed[] = [];

  constructor(settings: HpaSettings) {
    this.#settings = settings;
  }

  /** The count to set now. */
  sync(atMs: number, metrics: HpaMetrics): number {
    const { currentReplicas } = metrics;
    // Without metrics the real one reports an error, changes nothing and remembers nothing.
    if (Number.isNaN(metrics.utilisation)) return currentReplicas;
    // The first sync remembers the present count, so that a restart does not scale down at once.
    if (this.#recommendations.length === 0) this.#recommendations.push({ atMs, value: currentReplicas });
    const desired = this.#withinRates(
      atMs,
      currentReplicas,
      this.#stabilized(atMs, currentReplicas, desiredReplicas(metrics, this.#settings)),
    );
    if (desired !== currentReplicas) this.#changes.push({ atMs, value: desired - currentReplicas });
    return desired;
  }

  #stabilized(atMs: number, current: number, recommended: number): number {
    const { scaleUp, scaleDown } = this.#settings;
    let up = recommended;
    let down = recommended;
    for (const { atMs: seenMs, value } of this.#recommendations) {
      if (seenMs > atMs - scaleUp.stabilizationWindowMs) up = Math.min(up, value);
      if (seenMs > atMs - scaleDown.stabilizationWindowMs) down = Math.max(down, value);
    }
    const oldestMs = atMs - Math.max(scaleUp.stabilizationWindowMs, scaleDown.stabilizationWindowMs);
    this.#recommendations = this.#recommendations.filter((seen) => seen.atMs > oldestMs);
    this.#recommendations.push({ atMs, value: recommended });
    return Math.max(Math.min(current, down), up);
  }

  #withinRates(atMs: number, current: number, wanted: number): number {
    const { scaleUp, scaleDown, minReplicas, maxReplicas } = this.#settings;
    const longestMs = Math.max(0, ...[...scaleUp.policies, ...scaleDown.policies].map(({ periodMs }) => periodMs));
    this.#changes = this.#changes.filter((change) => change.atMs > atMs - longestMs);
    if (wanted > current) {
      const limits = scaleUp.policies.map(({ type, value, periodMs }) => {
        const start = this.#startOfPeriod(atMs, periodMs, current);
        return type === 'Pods' ? start + value : Math.ceil(start * (1 + value / 100));
      });
      return Math.min(wanted, maxReplicas, Math.max(current, ...limits));
    }
    if (wanted < current) {
      const limits = scaleDown.policies.map(({ type, value, periodMs }) => {
        const start = this.#startOfPeriod(atMs, periodMs, current);
        return type === 'Pods' ? start - value : Math.trunc(start * (1 - value / 100));
      });
      return Math.max(wanted, minReplicas, Math.min(current, ...limits));
    }
    return Math.min(maxReplicas, Math.max(minReplicas, wanted));
  }

  #startOfPeriod(atMs: number, periodMs: number, current: number): number {
    return this.#changes.reduce((start, { atMs: changedMs, value }) => (changedMs > atMs - periodMs ? start - value : start), current);
  }
}

/**
 * What the metric calls for. Pods that are not ready are set aside; on the way up they count as idle, so that pods that are
 * already starting are not asked for again.
 */
export function desiredReplicas(metrics: HpaMetrics, { targetUtilisation, tolerance }: HpaSettings): number {
  const { utilisation, readyReplicas, currentReplicas } = metrics;
  if (readyReplicas === 0) return currentReplicas;
  const ratio = utilisation / targetUtilisation;
  const unready = Math.max(0, currentReplicas - readyReplicas);
  if (unready === 0 || ratio <= 1) {
    return Math.abs(ratio - 1) <= tolerance ? currentReplicas : Math.ceil(ratio * readyReplicas - 1e-9);
  }
  const pods = readyReplicas + unready;
  const idleRatio = (utilisation * readyReplicas) / pods / targetUtilisation;
  if (Math.abs(idleRatio - 1) <= tolerance || idleRatio < 1) return currentReplicas;
  return Math.max(currentReplicas, Math.ceil(idleRatio * pods - 1e-9));
}
