/** What the pods of a pool use, as their cluster measures it. */
export interface PodUsage {
  /** Of all pods that were measured lately. Never rejects. */
  read(signal: AbortSignal): Promise<PodUsageResult<readonly PodReading[]>>;
  /** Names of the pods that have not ended, measured or not. Never rejects. */
  living(signal: AbortSignal): Promise<PodUsageResult<ReadonlySet<string>>>;
  close(): Promise<void>;
}

export type PodUsageResult<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string };

export interface PodReading {
  readonly pod: string;
  /** End of the window that was measured, epoch milliseconds by the cluster's clock. */
  readonly atMs: number;
  readonly windowMs: number;
  /** Mean over the window. */
  readonly cores: number;
  /** At its end. */
  readonly memoryBytes: number;
}
