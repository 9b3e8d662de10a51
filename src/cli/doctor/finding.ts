/** One thing that was looked at. */
export interface Finding {
  readonly what: string;
  /** `ill`: does not work like this. `doubtful`: works, and something will be lost, late or missing one day. */
  readonly state: 'well' | 'doubtful' | 'ill';
  readonly found: string;
  /** What to do about it; with everything that is not well. */
  readonly mend?: string;
}
