/** A seeded source of randomness, as the `Random` port has it. Models take it as an argument: they own none. */
export interface Drawer {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform integer in [0, bound). */
  int(bound: number): number;
}
