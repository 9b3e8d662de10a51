const WIDTH = 120;
const HEIGHT = 34;

/** The last loads as a line; gaps stay gaps. */
export function Spark({ values, label }: { readonly values: readonly (number | null)[]; readonly label: string }) {
  const top = Math.max(1e-9, ...values.map((value) => value ?? 0));
  const step = WIDTH / Math.max(1, values.length - 1);
  const y = (value: number): number => HEIGHT - 3 - (value / top) * (HEIGHT - 7);
  const parts: string[] = [];
  let isDown = false;
  for (const [i, value] of values.entries()) {
    if (value === null) isDown = false;
    else {
      parts.push(`${isDown ? 'L' : 'M'}${(i * step).toFixed(1)} ${y(value).toFixed(1)}`);
      isDown = true;
    }
  }
  const line = parts.join('');
  const hasGap = values.includes(null);
  return (
    <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
      {!hasGap && values.length > 1 && <path class="area" d={`${line}L${WIDTH} ${HEIGHT}L0 ${HEIGHT}Z`} />}
      <path d={line} />
    </svg>
  );
}
