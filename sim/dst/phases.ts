/** The world's time, milliseconds. First things go wrong, then all is healed, then the load ends, then the nodes. */
export const FAULTS_MS = 45_000;
/** After healing, everything must be owned, read and at rest within this. */
export const RECOVERY_MS = 15_000;
/** The load goes on, steady, so that the target comes to what is wanted. */
export const STEADY_MS = 30_000;
/** Without load, what is under way ends. */
export const ENDING_MS = 45_000;
/** Nodes stop in good order. */
export const DRAIN_MS = 12_000;
