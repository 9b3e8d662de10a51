import type { FrozenForecaster } from '../../src/models/frozen.ts';

/** As a build with another format freezes it: there are other numbers before the values, and after them. */
export function ofFormat(frozen: unknown, change: number): unknown {
  const { format, numbers, window, ...rest } = frozen as FrozenForecaster;
  const moved = new Uint8Array(numbers.length + 40);
  moved.set(numbers, 24);
  return { ...rest, format: format + change, numbers: moved, ...(window && { window: { ...window, at: window.at + 24 } }) };
}
