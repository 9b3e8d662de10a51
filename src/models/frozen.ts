import type { ForecasterSettings } from './forecast.ts';
import { checkSettings } from './settings.ts';
import type { FrozenRing } from './value-ring.ts';

/**
 * Format of the frozen numbers: another engine wants another one. What `frozenSeries` reads stays the same in all of them, so that
 * builds before and after this one can learn from what it froze.
 */
export const FORMAT = 18;

/** A forecaster that was put away. */
export interface FrozenForecaster {
  readonly format: number;
  readonly settings: ForecasterSettings;
  /** The newest values, as they lie in `numbers`; undefined: not told yet by the build that froze it, or none seen. */
  readonly window?: FrozenWindow;
  readonly numbers: Uint8Array;
}

export interface FrozenWindow extends FrozenRing {
  /** Start of the oldest value, epoch ms. */
  readonly startMs: number;
}

/** What a forecaster of any format knew of its series. */
export interface FrozenSeriesWindow {
  readonly format: number;
  readonly intervalMs: number;
  readonly startMs: number;
  /** Oldest first, NaN where missing; empty where the format does not tell where they are. */
  readonly values: readonly number[];
}

/** @throws TypeError if the data is no frozen forecaster of this format. */
export function checkFrozen(frozen: unknown): FrozenForecaster {
  const checked = checkOutline(frozen);
  if (checked.format !== FORMAT) throw new TypeError(`frozen forecaster of format ${checked.format}, wanted ${FORMAT}`);
  checkSettings(checked.settings);
  return checked;
}

/** @throws TypeError if the data is no frozen forecaster of any format. */
export function isOfFormat(frozen: unknown): boolean {
  return checkOutline(frozen).format === FORMAT;
}

/** @throws TypeError if the data is no frozen forecaster of any format. */
export function frozenSeries(frozen: unknown): FrozenSeriesWindow {
  const { format, settings, window, numbers } = checkOutline(frozen);
  const { intervalMs } = settings;
  if (window === undefined) return { format, intervalMs, startMs: 0, values: [] };
  const { startMs, at, slots, oldest, length } = window;
  const ends = at + Float32Array.BYTES_PER_ELEMENT * slots;
  const isWithin = [at, slots, oldest, length].every(isCount) && ends <= numbers.byteLength && oldest < slots && length <= slots;
  if (!isWithin || !Number.isFinite(startMs)) throw new TypeError('frozen forecaster whose values are not where it says');
  const ring = new Float32Array(numbers.slice(at, ends).buffer);
  return { format, intervalMs, startMs, values: Array.from({ length }, (_, i) => ring[(oldest + i) % slots] as number) };
}

function checkOutline(frozen: unknown): FrozenForecaster {
  if (typeof frozen !== 'object' || frozen === null) throw new TypeError('not a frozen forecaster');
  const { format, settings, numbers } = frozen as Partial<Record<keyof FrozenForecaster, unknown>>;
  if (!isCount(format)) throw new TypeError(`frozen forecaster of format ${String(format)}`);
  if (typeof (settings as Partial<ForecasterSettings> | undefined)?.intervalMs !== 'number')
    throw new TypeError('frozen forecaster without its interval');
  if (!(numbers instanceof Uint8Array)) throw new TypeError('frozen forecaster without its numbers');
  return frozen as FrozenForecaster;
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0;
}
