/** Decimal and binary prefixes, as IEC 80000-13 has them. */
const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

/** A number with a unit of bytes: `512MiB`, `1.5GB`. */
export const SIZE_PATTERN = '^[0-9]+(\\.[0-9]+)?(B|kB|MB|GB|TB|KiB|MiB|GiB|TiB)$';

/** Bytes of a size like `512MiB`; undefined when it is none. */
export function parseSize(text: string): number | undefined {
  if (!new RegExp(SIZE_PATTERN).test(text)) return undefined;
  const [amount = ''] = /^[0-9.]+/.exec(text) ?? [];
  return Math.round(Number(amount) * (UNITS[text.slice(amount.length)] ?? 0));
}

/** Bytes of an option: a size, or a number of bytes as it is. */
export function toBytes(option: string | number | undefined): number | undefined {
  return typeof option === 'string' ? parseSize(option) : option;
}
