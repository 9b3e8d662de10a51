/**
 * The value of a quantile function at any level, from its values at a few levels.
 *
 * Between two levels, and above the last, it is linear in -ln(1 - level): exact for an exponential tail, which is what
 * peaks of load look like at worst over one lead time. Above the last level the slope of the last two points goes on, but
 * for at most one more span of the upper tail, so that a typing error in an objective cannot buy a thousand replicas. Below
 * the first level the first value stands. The answer never falls when the level rises, whatever the input.
 *
 * @param levels ascending, each in (0, 1).
 * @param values one per level; a dip is lifted to what stands before it.
 * @returns undefined when the input is not one finite number of 0 or more for each level.
 */
export function quantileAt(levels: readonly number[], values: readonly number[], level: number): number | undefined {
  if (levels.length === 0 || levels.length !== values.length) return undefined;
  const wanted = tailScale(level);
  let lowerX = Number.NEGATIVE_INFINITY;
  let lowerValue = 0;
  let slope = 0;
  for (let i = 0; i < levels.length; i += 1) {
    const value = values[i];
    const x = tailScale(levels[i] ?? Number.NaN);
    if (value === undefined || !(value >= 0 && value < Number.POSITIVE_INFINITY) || !(x > lowerX)) return undefined;
    const lifted = i === 0 ? value : Math.max(lowerValue, value);
    if (i > 0) slope = (lifted - lowerValue) / (x - lowerX);
    if (wanted <= x) return i === 0 ? lifted : lowerValue + slope * (wanted - lowerX);
    lowerX = x;
    lowerValue = lifted;
  }
  return lowerValue + slope * Math.min(wanted - lowerX, TAIL_SPAN);
}

/** From level 0.99 to 0.999: how far a tail is drawn beyond the last level. */
const TAIL_SPAN = Math.log(10);

function tailScale(level: number): number {
  return -Math.log1p(-level);
}

/** Levels beyond these are not asked for, whatever was learned. */
const LEVEL_MIN = 0.5;
const LEVEL_MAX = 0.999;

/** The level for an allowed share of shortage, moved by what was learned (in logits). */
export function levelFor(objective: number, levelShift: number): number {
  const logit = Math.log((1 - objective) / objective) + levelShift;
  return Math.min(LEVEL_MAX, Math.max(LEVEL_MIN, 1 / (1 + Math.exp(-logit))));
}
