/** Answers may leave the range seen so far by this share of it. */
const MARGIN = 0.3;

/** The range of values seen, which bounds every answer: without it a logarithmic scale can run away. */
export class ValueRange {
  least = Infinity;
  most = -Infinity;

  observe(value: number): void {
    if (value < this.least) this.least = value;
    if (value > this.most) this.most = value;
  }

  /** Highest answer. */
  get high(): number {
    return this.most + MARGIN * (this.most - this.least);
  }

  /** Lowest answer, never below zero: a load is not negative. */
  get low(): number {
    return Math.max(0, this.least - MARGIN * (this.most - this.least));
  }
}
