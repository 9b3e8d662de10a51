/** What a server that keeps the streams tells of itself, for people who look. Nothing that acts may stand on it. */
export interface StoreServer {
  readonly version: string;
  readonly role: string;
  /** Copies that follow it. */
  readonly replicas: number;
  readonly usedMemoryBytes: number;
  /** 0: no limit. */
  readonly maxMemoryBytes: number;
  /** What is not as it should be, as sentences. */
  readonly findings: readonly string[];
}
