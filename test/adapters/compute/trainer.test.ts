import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { trainInline } from '../../../src/adapters/compute/trainer.ts';
import { createWorkerTrainer } from '../../../src/adapters/compute/worker-trainer.ts';
import { createForecaster } from '../../../src/models/index.ts';
import type { TrainingJob } from '../../../src/protocol/training.ts';

const MINUTE_MS = 60_000;
const START_MS = 1_700_000_040_000;
const values = Array.from({ length: 600 }, (_, i) =>
  i % 50 === 7 ? null : 100 + 40 * Math.sin((2 * Math.PI * i) / 60) + ((i * 7919) % 13),
);

function job(length = values.length, version = 3): TrainingJob {
  const series = [{ resource: 'requests' as const, intervalMs: MINUTE_MS, startMs: START_MS, values: values.slice(0, length) }];
  return { pool: 'web', producer: null, version, cause: 'first', series };
}

const trainer = createWorkerTrainer({ queueMax: 3 });
after(() => trainer.close());

test('trainer: what is fitted is adopted by a forecaster', async () => {
  const result = await trainInline(job());
  assert.equal(result.ok, true, result.error);
  const forecaster = createForecaster({ intervalMs: MINUTE_MS, horizonsMs: [5 * MINUTE_MS], profile: 'full', warmupIntervals: 3 });
  for (const [i, value] of values.entries()) {
    if (forecaster.observe(START_MS + i * MINUTE_MS, value ?? Number.NaN)) forecaster.forecast();
  }
  assert.equal(forecaster.adopt(result.models[0]?.model), undefined);
});

test('trainer: the worker gives the same as the event loop', async () => {
  const [there, here] = await Promise.all([trainer.train(job()), trainInline(job())]);
  assert.equal(there.ok, true, there.error);
  assert.deepEqual(there.models, structuredClone(here.models));
  assert.equal(there.version, 3);
});

test('trainer: more jobs than may wait are refused at once', async () => {
  const results = await Promise.all(Array.from({ length: 6 }, (_, i) => trainer.train(job(600, i + 1))));
  const refused = results.filter(({ ok }) => !ok);
  assert.equal(refused.length, 2, 'one runs, three wait');
  for (const { error } of refused) assert.match(error ?? '', /^busy: 3 jobs are waiting/);
});

test('trainer: an aborted job ends, and the next one is done', async () => {
  const abort = new AbortController();
  const aborted = trainer.train(job(), abort.signal);
  const waiting = new AbortController();
  const next = trainer.train(job());
  const never = trainer.train(job(), waiting.signal);
  waiting.abort();
  abort.abort();
  assert.match((await aborted).error ?? '', /aborted/);
  assert.match((await never).error ?? '', /aborted/);
  assert.equal((await next).ok, true);
});

test('trainer: a job that takes too long is stopped with its thread', async () => {
  const impatient = createWorkerTrainer({ timeLimitMs: 1 });
  const result = await impatient.train(job());
  assert.equal(result.ok, false);
  assert.match(result.error ?? '', /took longer than 1 ms/);
  await impatient.close();
  assert.match((await impatient.train(job())).error ?? '', /closed/);
});
