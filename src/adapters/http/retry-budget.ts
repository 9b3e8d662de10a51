/** Requests that stay in reserve for a pool that sends few. */
const RESERVE = 5;
const KEPT_MAX = 20;

/**
 * Retries as a share of what was sent, so that a server that is down meets little more than the usual load. One for every
 * `perRequests` requests, and a small reserve (the token bucket of Finagle's RetryBudget, without its time window).
 */
export class RetryBudget {
  readonly #perRequests: number;
  #tokens = RESERVE;

  constructor(perRequests = 5) {
    this.#perRequests = perRequests;
  }

  sent(): void {
    this.#tokens = Math.min(KEPT_MAX, this.#tokens + 1 / this.#perRequests);
  }

  /** True if one more may be sent. */
  take(): boolean {
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
