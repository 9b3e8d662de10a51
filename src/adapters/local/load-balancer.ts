import type { Backend, BalancerCounts } from './balancer.ts';

/** What stands before the replicas of a pool: the balancer of this process, or one of the user's. */
export interface LoadBalancer {
  /** Rejects if it cannot take requests at all. */
  listen(): Promise<{ readonly url: string }>;
  /** Takes a replica in. Resolves when new requests go to it; rejects, after a bounded time, if they do not. */
  admit(id: string, port: number): Promise<Backend>;
  /** Gives it new requests again. */
  open(id: string): void;
  /** Gives it no new requests; calls `idle` once, when the last in flight is done. */
  drain(id: string, idle: () => void): void;
  /** Forgets it and cuts its connections. */
  remove(id: string): void;
  counts(): BalancerCounts;
  /** Why it cannot do its work now, if it cannot. */
  trouble?(): string | undefined;
  /** Waits up to `graceMs` for what is in flight, then cuts. */
  close(graceMs: number): Promise<void>;
}
