/** A source of randomness. Seeded everywhere: a run can be repeated from its seed. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform integer in [0, bound). */
  int(bound: number): number;
  /** An independent stream that depends only on this source's seed and the label, not on what was drawn before. */
  fork(label: string): Random;
}
