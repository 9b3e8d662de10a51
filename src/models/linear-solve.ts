/**
 * Solves A x = b in place by Gaussian elimination with partial pivoting; `b` becomes x.
 * @returns false if A is singular to working precision; then `b` holds nothing of use.
 */
export function solveLinear(a: Float64Array, b: Float64Array): boolean {
  const n = b.length;
  for (let i = 0; i < n; i++) {
    const pivot = pivotRow(a, n, i);
    if (!(Math.abs(a[pivot * n + i] ?? 0) > 1e-300)) return false;
    if (pivot !== i) swapRows(a, b, n, i, pivot);
    for (let r = i + 1; r < n; r++) {
      const factor = (a[r * n + i] as number) / (a[i * n + i] as number);
      if (factor === 0) continue;
      for (let c = i; c < n; c++) a[r * n + c] = (a[r * n + c] as number) - factor * (a[i * n + c] as number);
      b[r] = (b[r] as number) - factor * (b[i] as number);
    }
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = b[i] as number;
    for (let c = i + 1; c < n; c++) sum -= (a[i * n + c] as number) * (b[c] as number);
    b[i] = sum / (a[i * n + i] as number);
  }
  return b.every(Number.isFinite);
}

function pivotRow(a: Float64Array, n: number, column: number): number {
  let best = column;
  for (let r = column + 1; r < n; r++) if (Math.abs(a[r * n + column] ?? 0) > Math.abs(a[best * n + column] ?? 0)) best = r;
  return best;
}

function swapRows(a: Float64Array, b: Float64Array, n: number, i: number, j: number): void {
  for (let c = 0; c < n; c++) {
    const kept = a[i * n + c] as number;
    a[i * n + c] = a[j * n + c] as number;
    a[j * n + c] = kept;
  }
  const kept = b[i] as number;
  b[i] = b[j] as number;
  b[j] = kept;
}
