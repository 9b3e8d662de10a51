const SUFFIXES: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** A quantity of Kubernetes (`500m`, `1.5`, `128Mi`, `2e3`) in its base unit: cores or bytes. undefined: it is none. */
export function parseQuantity(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') return undefined;
  const { amount = '', suffix = '' } =
    /^(?<amount>[+-]?[0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?)(?<suffix>[A-Za-z]*)$/.exec(value)?.groups ?? {};
  const unit = SUFFIXES[suffix];
  return amount === '' || unit === undefined ? undefined : Number(amount) * unit;
}

/** Whole millicores, at least one. */
export function cpuQuantity(cores: number): string {
  return `${Math.max(1, Math.round(cores * 1_000))}m`;
}

/** Whole bytes. */
export function memoryQuantity(bytes: number): string {
  return String(Math.ceil(bytes));
}
