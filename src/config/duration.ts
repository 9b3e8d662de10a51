const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** One or more numbers with a unit, largest first or not: `90s`, `1d6h`, `1.5h`. */
export const DURATION_PATTERN = '^([0-9]+(\\.[0-9]+)?(ms|s|m|h|d))+$';

/** Milliseconds of a duration like `90s` or `1d6h`; undefined when it is none. */
export function parseDuration(text: string): number | undefined {
  if (!new RegExp(DURATION_PATTERN).test(text)) return undefined;
  let sumMs = 0;
  for (const [, amount = '', unit = ''] of text.matchAll(/([0-9.]+)(ms|s|m|h|d)/g)) sumMs += Number(amount) * (UNITS[unit] ?? 0);
  return Math.round(sumMs);
}

/** For people: `1d 6h`, `12m`, `90s`; at most two units. */
export function formatDuration(ms: number): string {
  const parts: string[] = [];
  let left = Math.round(ms);
  for (const [unit, size] of Object.entries(UNITS).reverse()) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count > 0) parts.push(`${count}${unit}`);
    if (parts.length === 2) break;
  }
  return parts.length === 0 ? '0s' : parts.join(' ');
}

/** Milliseconds of an option: a duration, or a number of milliseconds as it is. */
export function toMs(option: string | number | undefined): number | undefined {
  return typeof option === 'string' ? parseDuration(option) : option;
}
