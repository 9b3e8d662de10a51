/** Who is in the cluster. A note is believed as long as its beat goes on, by the clock of whoever looks. */
export interface Members {
  /** Writes a node's note; resolves with the notes of all nodes as they are stored. */
  beat(note: MemberNote): Promise<readonly MemberNote[]>;
  read(): Promise<readonly MemberNote[]>;
  remove(name: string): Promise<void>;
}

/** What a node says of itself. */
export interface MemberNote {
  /** Unique in the cluster and over restarts. */
  readonly name: string;
  /** Rises with every note. */
  readonly beat: number;
  /** Share of the shards that it should hold, against that of others: its cores, less while it cannot keep up. */
  readonly weight: number;
  /** It hands its shards over and takes none. */
  readonly isLeaving: boolean;
  readonly build: string;
  readonly protocolVersion: number;
  /** Digest of its config. */
  readonly config: string;
  /** Epoch ms by its clock. */
  readonly startedAtMs: number;
  readonly atMs: number;
  readonly shards: number;
  readonly isReady: boolean;
  /** 99th percentile of late, milliseconds. */
  readonly eventLoopDelayMs: number;
}
