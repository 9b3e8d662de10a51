/** The unit is changed when the mean has left it by this factor. */
const FACTOR_MIN = 2;
/** Late changes of the mean are level shifts, which the experts follow by themselves; only a wholly wrong unit is replaced then. */
const FACTOR_LATE = 64;
const EARLY_VALUES = 4_096;

/**
 * The typical size of a series' values, found online: a power of two near their mean, so that dividing by it loses no bit and a
 * change of unit rescales state exactly in raw space. Checked each time the count of values has doubled.
 */
export class Unit {
  /** Power of two; 1 until a value above zero is seen. */
  size = 1;
  mean = 0;
  count = 0;
  private known = 0;

  /** Takes a measured value. @returns the new unit if it should change now, else undefined. */
  observe(value: number): number | undefined {
    this.count += 1;
    this.mean += (value - this.mean) / this.count;
    if (this.mean === 0) return undefined;
    const wanted = 2 ** Math.round(Math.log2(this.mean));
    if (this.known === 0) {
      this.known = 1;
      return wanted === this.size ? undefined : wanted;
    }
    const isDoubled = (this.count & (this.count - 1)) === 0;
    if (!isDoubled) return undefined;
    const off = Math.max(wanted / this.size, this.size / wanted);
    return off >= (this.count <= EARLY_VALUES ? FACTOR_MIN : FACTOR_LATE) ? wanted : undefined;
  }
}
