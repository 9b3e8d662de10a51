/** Shares of the present count that a change has to save, shortages included, to be made. */
export interface DeadBand {
  readonly up: number;
  readonly down: number;
}

/**
 * At its least. Three fifths of the turns, for 0.4% of the cost at the most. More upwards, since what is not started now may still be when
 * it is surer, and what is started is paid before it serves.
 */
export const DEAD_BAND: DeadBand = { up: 0.08, down: 0.04 };

/** What a change from the present count to another has to save, as a share of the present one. */
export function savingMin(band: DeadBand, present: number, count: number): number {
  return count > present ? band.up : band.down;
}

/** What counts are weighed by: the chance that one is too few, what that costs, and what a change has to save. */
export interface Weighing {
  readonly riskOf: (count: number) => number;
  readonly price: number;
  readonly band: DeadBand;
}

/** Near its least the expected cost is flat, and a count that followed it exactly would turn with every breath of the load. */
export function savesTooLittle({ riskOf, price, band }: Weighing, present: number, count: number): boolean {
  return present + price * riskOf(present) - (count + price * riskOf(count)) <= savingMin(band, present, count) * present;
}
