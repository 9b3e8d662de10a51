/** The virtual world: traces, the rolling-origin test and the comparison of policies. */
export { backtest, BACKTEST_DEFAULTS, type BacktestAnswer, type BacktestOptions } from './backtest.ts';
export { createKernel, type Kernel, type KernelOptions } from './kernel/kernel.ts';
export { policiesFor, simulate, type Comparison, type Simulation } from './simulate.ts';
export { readTrace } from './traces/read.ts';
export type { FamilyTrace, RequestTrace, SeriesTrace, Trace } from './traces/trace.ts';
