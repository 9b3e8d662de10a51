/**
 * Forecasts three days of a load with batch jobs, without and with a model that knows when they start:
 *
 *     node --import tsx examples/own-model/main.ts
 */
import { createForecaster, type Forecaster } from '../../src/models/index.ts';
import { createBatchJobModel, jobLoad, type BatchJobs } from './batch-jobs.ts';

const MINUTE_MS = 60_000;
const ROWS = 3 * 1_440;
const task = { intervalMs: MINUTE_MS, horizonsMs: [5 * MINUTE_MS, 10 * MINUTE_MS, 15 * MINUTE_MS] };

/** A small generator: the same numbers every time. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const random = randomFrom(7);
const startsMs: number[] = [];
// Somebody starts a job now and then: nothing in the past tells when.
for (let at = 30; at < ROWS; at += 40 + Math.floor(80 * random())) startsMs.push(at * MINUTE_MS);
const jobs: BatchJobs = { startsMs, durationMs: 8 * MINUTE_MS, load: 120 };
const values = Array.from(
  { length: ROWS },
  (_, i) => 200 + 80 * Math.sin((2 * Math.PI * i) / 1_440) + 20 * random() + jobLoad(jobs, i * MINUTE_MS),
);

/** @returns the forecaster, and its mean loss of the maximum over 15 minutes at level 0.95 on the last day. */
function run(forecaster: Forecaster): number {
  let loss = 0;
  for (const [i, value] of values.entries()) {
    forecaster.observe(i * MINUTE_MS, value);
    const quantile = forecaster.forecast().at(-1)?.quantiles[6];
    if (i < ROWS - 1_440 || i + 15 >= ROWS || quantile === undefined) continue;
    const error = Math.max(...values.slice(i + 1, i + 16)) - quantile;
    loss += Math.max(0.95 * error, -0.05 * error) / 1_425;
  }
  return loss;
}

const settings = { ...task, profile: 'slim', warmupIntervals: 3 } as const;
const without = run(createForecaster(settings));
const forecaster = createForecaster({ ...settings, models: ['batch-jobs'] });
const refusal = forecaster.useModel('batch-jobs', createBatchJobModel(task, jobs));
if (refusal !== undefined) throw new Error(refusal);
const withModel = run(forecaster);

const weights = Object.entries(forecaster.weights()).filter(([expert]) => expert.startsWith('batch-jobs'));
const weight = weights.reduce((sum, [, share]) => sum + share, 0);
console.log(`weight of the model: ${(100 * weight).toFixed(0)}%`);
console.log(`loss of the maximum over 15 minutes at 0.95: ${without.toFixed(2)} without it, ${withModel.toFixed(2)} with it`);
