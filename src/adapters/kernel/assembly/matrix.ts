// Products of small row-major matrices in linear memory. Addresses and strides are in bytes; columns are a multiple of 4.
// Wide tiles keep enough independent sums in registers to hide the latency of an addition.
import { LANE_BYTES, laneSum } from './lanes';

/** sum[j] = from[j] + sum over k of x[k] * matrix[k][j], for `rows` rows and `columnBytes` of columns. */
export function product(x: usize, rows: i32, matrix: usize, stride: usize, from: usize, sum: usize, columnBytes: usize): void {
  const end = x + ((<usize>rows) << 2);
  let j: usize = 0;
  for (; j + 128 <= columnBytes; j += 128) product32(x, end, matrix + j, stride, from + j, sum + j);
  for (; j < columnBytes; j += LANE_BYTES) {
    let a = v128.load(from + j);
    let m = matrix + j;
    for (let at = x; at < end; at += 4) {
      a = f32x4.add(a, f32x4.mul(v128.load_splat<f32>(at), v128.load(m)));
      m += stride;
    }
    v128.store(sum + j, a);
  }
}

/** Thirty-two columns stay in registers over all rows. */
function product32(x: usize, end: usize, matrix: usize, stride: usize, from: usize, sum: usize): void {
  let a = v128.load(from);
  let b = v128.load(from, 16);
  let c = v128.load(from, 32);
  let d = v128.load(from, 48);
  let e = v128.load(from, 64);
  let f = v128.load(from, 80);
  let g = v128.load(from, 96);
  let h = v128.load(from, 112);
  let m = matrix;
  for (let at = x; at < end; at += 4) {
    const s = v128.load_splat<f32>(at);
    a = f32x4.add(a, f32x4.mul(s, v128.load(m)));
    b = f32x4.add(b, f32x4.mul(s, v128.load(m, 16)));
    c = f32x4.add(c, f32x4.mul(s, v128.load(m, 32)));
    d = f32x4.add(d, f32x4.mul(s, v128.load(m, 48)));
    e = f32x4.add(e, f32x4.mul(s, v128.load(m, 64)));
    f = f32x4.add(f, f32x4.mul(s, v128.load(m, 80)));
    g = f32x4.add(g, f32x4.mul(s, v128.load(m, 96)));
    h = f32x4.add(h, f32x4.mul(s, v128.load(m, 112)));
    m += stride;
  }
  v128.store(sum, a);
  v128.store(sum, b, 16);
  v128.store(sum, c, 32);
  v128.store(sum, d, 48);
  v128.store(sum, e, 64);
  v128.store(sum, f, 80);
  v128.store(sum, g, 96);
  v128.store(sum, h, 112);
}

/** out[k] = sum over j of matrix[k][j] * d[j]: the way back through `product`. `rows` is a multiple of 4. */
export function passBack(rows: i32, matrix: usize, stride: usize, d: usize, columnBytes: usize, out: usize): void {
  let m = matrix;
  for (let k: usize = 0; k < (<usize>rows) << 2; k += LANE_BYTES) {
    const m1 = m + stride;
    const m2 = m1 + stride;
    const m3 = m2 + stride;
    let sum0 = f32x4.splat(0);
    let sum1 = f32x4.splat(0);
    let sum2 = f32x4.splat(0);
    let sum3 = f32x4.splat(0);
    for (let j: usize = 0; j < columnBytes; j += LANE_BYTES) {
      const dj = v128.load(d + j);
      sum0 = f32x4.add(sum0, f32x4.mul(v128.load(m + j), dj));
      sum1 = f32x4.add(sum1, f32x4.mul(v128.load(m1 + j), dj));
      sum2 = f32x4.add(sum2, f32x4.mul(v128.load(m2 + j), dj));
      sum3 = f32x4.add(sum3, f32x4.mul(v128.load(m3 + j), dj));
    }
    store<f32>(out + k, laneSum(sum0));
    store<f32>(out + k, laneSum(sum1), 4);
    store<f32>(out + k, laneSum(sum2), 8);
    store<f32>(out + k, laneSum(sum3), 12);
    m = m3 + stride;
  }
}

/** gradient[k][j] += sum over t of x[t][k] * d[t][j]: what `rows` inputs over `count` steps teach their matrix. */
export function addOuterProducts(
  x: usize,
  xStride: usize,
  rows: i32,
  d: usize,
  dStride: usize,
  count: i32,
  gradient: usize,
  stride: usize,
  columnBytes: usize,
): void {
  const end = d + <usize>count * dStride;
  let g = gradient;
  for (let k: usize = 0; k < (<usize>rows) << 2; k += 4) {
    let j: usize = 0;
    for (; j + 64 <= columnBytes; j += 64) addOuterProducts16(x + k, xStride, d + j, dStride, end, g + j);
    for (; j < columnBytes; j += LANE_BYTES) {
      let a = v128.load(g + j);
      let xt = x + k;
      for (let dt = d; dt < end; dt += dStride) {
        a = f32x4.add(a, f32x4.mul(v128.load_splat<f32>(xt), v128.load(dt + j)));
        xt += xStride;
      }
      v128.store(g + j, a);
    }
    g += stride;
  }
}

/** Sixteen columns of one row; even and odd steps apart. */
function addOuterProducts16(x: usize, xStride: usize, d: usize, dStride: usize, end: usize, gradient: usize): void {
  let a = v128.load(gradient);
  let b = v128.load(gradient, 16);
  let c = v128.load(gradient, 32);
  let e = v128.load(gradient, 48);
  let a1 = f32x4.splat(0);
  let b1 = f32x4.splat(0);
  let c1 = f32x4.splat(0);
  let e1 = f32x4.splat(0);
  let xt = x;
  let dt = d;
  for (; dt + dStride < end; dt += 2 * dStride) {
    const s = v128.load_splat<f32>(xt);
    a = f32x4.add(a, f32x4.mul(s, v128.load(dt)));
    b = f32x4.add(b, f32x4.mul(s, v128.load(dt, 16)));
    c = f32x4.add(c, f32x4.mul(s, v128.load(dt, 32)));
    e = f32x4.add(e, f32x4.mul(s, v128.load(dt, 48)));
    const s1 = v128.load_splat<f32>(xt + xStride);
    const dt1 = dt + dStride;
    a1 = f32x4.add(a1, f32x4.mul(s1, v128.load(dt1)));
    b1 = f32x4.add(b1, f32x4.mul(s1, v128.load(dt1, 16)));
    c1 = f32x4.add(c1, f32x4.mul(s1, v128.load(dt1, 32)));
    e1 = f32x4.add(e1, f32x4.mul(s1, v128.load(dt1, 48)));
    xt += 2 * xStride;
  }
  if (dt < end) {
    const s = v128.load_splat<f32>(xt);
    a = f32x4.add(a, f32x4.mul(s, v128.load(dt)));
    b = f32x4.add(b, f32x4.mul(s, v128.load(dt, 16)));
    c = f32x4.add(c, f32x4.mul(s, v128.load(dt, 32)));
    e = f32x4.add(e, f32x4.mul(s, v128.load(dt, 48)));
  }
  v128.store(gradient, f32x4.add(a, a1));
  v128.store(gradient, f32x4.add(b, b1), 16);
  v128.store(gradient, f32x4.add(c, c1), 32);
  v128.store(gradient, f32x4.add(e, e1), 48);
}

/** to[j] += from[j]. */
export function addTo(to: usize, from: usize, bytes: usize): void {
  for (let j: usize = 0; j < bytes; j += LANE_BYTES) v128.store(to + j, f32x4.add(v128.load(to + j), v128.load(from + j)));
}
