import type { Happening } from '../happening.ts';
import type { World } from '../world.ts';

/** Something that must hold. Made anew for each run. */
export interface Invariant {
  /** Told everything as it happens. */
  hear?(happening: Happening): void;
  /** After the faults are over and the time to recover has passed. */
  recovered?(): Promise<void>;
  /** The load was steady for a while. */
  settled?(): Promise<void>;
  /** The nodes have stopped in good order. */
  ended?(): Promise<void>;
}

export interface Watch {
  readonly world: World;
  readonly nowMs: () => number;
  /** What must never be is: one sentence with the figures. */
  readonly fail: (sentence: string) => void;
}

export interface InvariantKind {
  /** `S1` to `S13` of the design, and what came later. */
  readonly id: string;
  /** What holds, one sentence. */
  readonly says: string;
  /**
   * It mirrors what is on the bus: when the bus loses its last changes, a fresh one is made and told what is left. Others
   * remember what they saw.
   */
  readonly mirrorsBus: boolean;
  readonly watch: (watch: Watch) => Invariant;
}
