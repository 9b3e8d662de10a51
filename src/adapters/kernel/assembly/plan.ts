// Where everything lies in linear memory. One network an instance; nothing is allocated after `plan`.

export const LSTM: i32 = 0;
export const GRU: i32 = 1;

export let cell: i32 = LSTM;
export let steps: i32 = 0;
export let features: i32 = 0;
export let units: i32 = 0;
/** Bytes of a vector of the state, of all gates, and of the (padded) outputs. */
export let unitBytes: usize = 0;
export let gateBytes: usize = 0;
export let outputBytes: usize = 0;
/** Outputs, padded to a multiple of four lanes. */
export let outputsPadded: i32 = 0;
/** Bytes of one window of inputs. */
export let windowBytes: usize = 0;
export let parameterBytes: usize = 0;

// Parameters: kernel, recurrent kernel, bias, dense kernel, dense bias, as in Keras, the outputs padded.
export let parameters: usize = 0;
export let recurrent: usize = 0;
export let bias: usize = 0;
export let denseKernel: usize = 0;
export let denseBias: usize = 0;
// Distance from a parameter to its gradient; Adam's two moments follow at once and twice the distance more.
export let gradientAt: usize = 0;
export let moments: usize = 0;
export let squares: usize = 0;

// One batch.
export let inputs: usize = 0;
export let targets: usize = 0;
export let importances: usize = 0;
export let outputs: usize = 0;
export let levels: usize = 0;

// What the way forward leaves for the way back, one window at a time.
export let states: usize = 0;
export let memories: usize = 0;
export let gates: usize = 0;
export let extras: usize = 0;
/** Loss by the sums of the gates, all steps. */
export let deltas: usize = 0;

// Scratch.
export let sums: usize = 0;
export let stateDelta: usize = 0;
export let otherDelta: usize = 0;
export let thirdDelta: usize = 0;
export let outputDelta: usize = 0;

let next: usize = 0;

/** Aligned to a cache line. */
function take(bytes: usize): usize {
  const at = next;
  next = (next + bytes + 63) & ~63;
  return at;
}

/** Lays out a network. @returns bytes of memory in use, or 0 if the memory cannot grow that far. */
export function plan(kind: i32, unitCount: i32, stepCount: i32, featureCount: i32, outputCount: i32, batchMax: i32): i32 {
  cell = kind;
  units = unitCount;
  steps = stepCount;
  features = featureCount;
  outputsPadded = (outputCount + 3) & ~3;
  unitBytes = (<usize>units) << 2;
  gateBytes = unitBytes * (kind == LSTM ? 4 : 3);
  outputBytes = (<usize>outputsPadded) << 2;
  windowBytes = (<usize>(steps * features)) << 2;
  next = (__heap_base + 63) & ~63;
  planParameters();
  planBatch(<usize>batchMax);
  planState(<usize>steps);
  const missing = <i32>((next + 0xffff) >> 16) - memory.size();
  if (missing > 0 && memory.grow(missing) < 0) return 0;
  return <i32>next;
}

function planParameters(): void {
  const kernelBytes = <usize>features * gateBytes;
  const recurrentBytes = <usize>units * gateBytes;
  parameterBytes = kernelBytes + recurrentBytes + gateBytes + <usize>units * outputBytes + outputBytes;
  parameters = take(parameterBytes);
  recurrent = parameters + kernelBytes;
  bias = recurrent + recurrentBytes;
  denseKernel = bias + gateBytes;
  denseBias = denseKernel + <usize>units * outputBytes;
  gradientAt = take(parameterBytes) - parameters;
  moments = take(parameterBytes);
  squares = take(parameterBytes);
}

function planBatch(batchMax: usize): void {
  inputs = take(batchMax * windowBytes);
  targets = take(batchMax * outputBytes);
  importances = take(batchMax << 2);
  outputs = take(batchMax * outputBytes);
  levels = take(outputBytes);
}

function planState(stepCount: usize): void {
  states = take((stepCount + 1) * unitBytes);
  memories = take((stepCount + 1) * unitBytes);
  gates = take(stepCount * gateBytes);
  extras = take(stepCount * unitBytes);
  sums = take(gateBytes);
  deltas = take(stepCount * gateBytes);
  stateDelta = take(unitBytes);
  otherDelta = take(unitBytes);
  thirdDelta = take(unitBytes);
  outputDelta = take(outputBytes);
}
