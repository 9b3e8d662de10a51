/** What a trace file holds. NaN stands for "not measured", never zero. */
export type Trace = SeriesTrace | FamilyTrace | RequestTrace;

/** `timestamp,value[,filled]`: one regular series. */
export interface SeriesTrace {
  readonly kind: 'series';
  /** The file's name without `.csv[.gz]`. */
  readonly name: string;
  readonly intervalMs: number;
  /** Start of the first interval, epoch ms. */
  readonly startMs: number;
  readonly values: Float64Array;
}

/** `timestamp,<producer>,<producer>,...`: many producers on one clock. */
export interface FamilyTrace {
  readonly kind: 'family';
  readonly name: string;
  readonly intervalMs: number;
  readonly startMs: number;
  readonly members: readonly FamilyMember[];
}

export interface FamilyMember {
  readonly name: string;
  readonly values: Float64Array;
}

/** `timestamp,size,source,type[,producer]`: one row per request, in order of time. Columns side by side. */
export interface RequestTrace {
  readonly kind: 'requests';
  readonly name: string;
  readonly count: number;
  readonly timestampMs: Float64Array;
  /** Unit of the log (bytes, seconds, tokens); NaN where it was blank. */
  readonly size: Float64Array;
  readonly source: TextColumn;
  readonly type: TextColumn;
  /** Absent when the log names no producers. */
  readonly producer?: TextColumn;
}

/** Texts as numbers into a dictionary: logs repeat themselves. */
export interface TextColumn {
  readonly dictionary: readonly string[];
  readonly indices: Uint32Array;
}
