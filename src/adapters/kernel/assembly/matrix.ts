// Products of small row-major matrices in linear memory. Addresses and strides are in bytes; columns are a multiple of 4.
import { LANE_BYTES, laneSum } from './lanes';

/** sum[j] += x[k] * matrix[k][j] for `rows` rows and `columnBytes` of columns. */
export function addProduct(x: usize, rows: i32, matrix: usize, stride: usize, sum: usize, columnBytes: usize): void {
  const end = x + ((<usize>rows) << 2);
  let j: usize = 0;
  // Sixteen columns at a time stay in registers over all rows.
  for (; j + 64 <= columnBytes; j += 64) {
    const to = sum + j;
    let a = v128.load(to);
    let b = v128.load(to, 16);
    let c = v128.load(to, 32);
    let d = v128.load(to, 48);
    let m = matrix + j;
    for (let at = x; at < end; at += 4) {
      const s = v128.load_splat<f32>(at);
      a = f32x4.add(a, f32x4.mul(s, v128.load(m)));
      b = f32x4.add(b, f32x4.mul(s, v128.load(m, 16)));
      c = f32x4.add(c, f32x4.mul(s, v128.load(m, 32)));
      d = f32x4.add(d, f32x4.mul(s, v128.load(m, 48)));
      m += stride;
    }
    v128.store(to, a);
    v128.store(to, b, 16);
    v128.store(to, c, 32);
    v128.store(to, d, 48);
  }
  for (; j < columnBytes; j += LANE_BYTES) {
    let a = v128.load(sum + j);
    let m = matrix + j;
    for (let at = x; at < end; at += 4) {
      a = f32x4.add(a, f32x4.mul(v128.load_splat<f32>(at), v128.load(m)));
      m += stride;
    }
    v128.store(sum + j, a);
  }
}

/** out[k] = sum over j of matrix[k][j] * d[j], and gradient[k][j] += x[k] * d[j]: the way back through `addProduct`. */
export function passBack(
  x: usize,
  rows: i32,
  matrix: usize,
  gradient: usize,
  stride: usize,
  d: usize,
  columnBytes: usize,
  out: usize,
): void {
  let m = matrix;
  let g = gradient;
  for (let k: usize = 0; k < (<usize>rows) << 2; k += 4) {
    const s = v128.load_splat<f32>(x + k);
    let sum = f32x4.splat(0);
    for (let j: usize = 0; j < columnBytes; j += LANE_BYTES) {
      const dj = v128.load(d + j);
      sum = f32x4.add(sum, f32x4.mul(v128.load(m + j), dj));
      v128.store(g + j, f32x4.add(v128.load(g + j), f32x4.mul(s, dj)));
    }
    store<f32>(out + k, laneSum(sum));
    m += stride;
    g += stride;
  }
}

/** gradient[k][j] += x[k] * d[j], where nothing before x wants to know. */
export function addOuterProduct(x: usize, rows: i32, gradient: usize, d: usize, columnBytes: usize): void {
  let g = gradient;
  for (let k: usize = 0; k < (<usize>rows) << 2; k += 4) {
    const s = v128.load_splat<f32>(x + k);
    for (let j: usize = 0; j < columnBytes; j += LANE_BYTES) {
      v128.store(g + j, f32x4.add(v128.load(g + j), f32x4.mul(s, v128.load(d + j))));
    }
    g += columnBytes;
  }
}

/** to[j] += from[j]. */
export function addTo(to: usize, from: usize, bytes: usize): void {
  for (let j: usize = 0; j < bytes; j += LANE_BYTES) v128.store(to + j, f32x4.add(v128.load(to + j), v128.load(from + j)));
}
