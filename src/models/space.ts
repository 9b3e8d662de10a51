import { fastExp } from './exponential.ts';

/**
 * Experts work in two spaces at once: `raw` (values divided by a unit) and `asinh` (linear near zero, logarithmic above), where
 * errors of loads whose noise grows with their level are of one size. The combiner finds out which suits a series.
 */
export const SPACES = 2;
export const RAW = 0;
export const ASINH = 1;

/** Where asinh bends from linear to logarithmic, as a share of the unit (the typical size of a value). */
const BEND = 0.25;

export function toSpace(space: number, value: number, unit: number): number {
  return space === RAW ? value / unit : Math.asinh(value / (BEND * unit));
}

export function fromSpace(space: number, z: number, unit: number): number {
  return space === RAW ? z * unit : BEND * unit * Math.sinh(Math.max(-40, Math.min(40, z)));
}

/** Factor of the hyperbolic sine: value = bendOf(unit) * sinh(z). */
export function bendOf(unit: number): number {
  return BEND * unit;
}

/** What a value in asinh space is in raw space: the unit cancels out. */
export function rawOfAsinh(z: number): number {
  const power = fastExp(Math.max(-40, Math.min(40, z)));
  return (BEND / 2) * (power - 1 / power);
}

/** How differences in a space change when the unit does, near a value: exact in raw, by the slope in asinh. */
export function rescaleFactor(space: number, value: number, unit: number, newUnit: number): number {
  if (space === RAW) return unit / newUnit;
  const [bend, newBend] = [BEND * unit, BEND * newUnit];
  return Math.sqrt(value * value + bend * bend) / Math.sqrt(value * value + newBend * newBend);
}
