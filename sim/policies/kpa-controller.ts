/**
 * The algorithm of the Knative Pod Autoscaler (knative/serving, pkg/autoscaler/scaling/autoscaler.go): a stable window, and a
 * panic window of a tenth of it in which capacity may only grow. Loads are in replicas' worth of work.
 */
export interface KpaSettings {
  /** Wanted load of a replica, above 0. Default 0.7. */
  readonly targetUtilisation: number;
  readonly stableWindowMs: number;
  readonly panicWindowPercentage: number;
  /** Panic begins when the panic window asks for this many times what is ready. */
  readonly panicThreshold: number;
  readonly maxScaleUpRate: number;
  readonly maxScaleDownRate: number;
  readonly tickMs: number;
}

/** The documented defaults of `config-autoscaler`. */
export const KPA_DEFAULTS: KpaSettings = {
  targetUtilisation: 0.7,
  stableWindowMs: 60_000,
  panicWindowPercentage: 10,
  panicThreshold: 2,
  maxScaleUpRate: 1_000,
  maxScaleDownRate: 2,
  tickMs: 2_000,
};

export interface KpaMetrics {
  /** Mean load over the stable and over the panic window. */
  readonly stableLoad: number;
  readonly panicLoad: number;
  readonly readyReplicas: number;
}

/** One autoscaler with its memory. Ticks must come in the order of time. */
export class KpaController {
  readonly #settings: KpaSettings;
  #panicSinceMs: number | undefined;
  #panicReplicas = 0;

  constructor(settings: KpaSettings) {
    this.#settings = settings;
  }

  get isPanicking(): boolean {
    return this.#panicSinceMs !== undefined;
  }

  tick(atMs: number, { stableLoad, panicLoad, readyReplicas }: KpaMetrics): number {
    const { targetUtilisation, panicThreshold, stableWindowMs } = this.#settings;
    const ready = Math.max(1, readyReplicas);
    const stable = Math.ceil(stableLoad / targetUtilisation - 1e-9);
    const panic = Math.ceil(panicLoad / targetUtilisation - 1e-9);
    const isOver = panic / ready >= panicThreshold;
    if (isOver) this.#panicSinceMs = atMs;
    else if (this.#panicSinceMs !== undefined && this.#panicSinceMs + stableWindowMs < atMs) {
      this.#panicSinceMs = undefined;
      this.#panicReplicas = 0;
    }
    if (!this.isPanicking) return this.#withinRates(stable, ready);
    this.#panicReplicas = Math.max(this.#panicReplicas, this.#withinRates(panic, ready));
    return this.#panicReplicas;
  }

  #withinRates(wanted: number, ready: number): number {
    const { maxScaleUpRate, maxScaleDownRate } = this.#settings;
    return Math.min(Math.max(wanted, Math.floor(ready / maxScaleDownRate)), Math.ceil(maxScaleUpRate * ready));
  }
}
