import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createInlineCompute, trainInline } from '../../../src/adapters/compute/inline-compute.ts';
import { createWorkerCompute } from '../../../src/adapters/compute/worker-compute.ts';
import { createForecaster, QUANTILE_LEVELS } from '../../../src/models/index.ts';
import type { Compute, NetworkEngineName, NetworkJob, NetworkResult } from '../../../src/ports/compute.ts';
import { silentLog, type Log } from '../../../src/ports/log.ts';
import { packValues } from '../../../src/protocol/network.ts';
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

const trainer = createWorkerCompute({ queueMax: 3 });
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
  const impatient = createWorkerCompute({ timeLimitMs: 1 });
  const result = await impatient.train(job());
  assert.equal(result.ok, false);
  assert.match(result.error ?? '', /took longer than 1 ms/);
  await impatient.close();
  assert.match((await impatient.train(job())).error ?? '', /closed/);
});

function lesson(given: Partial<NetworkJob> = {}): NetworkJob {
  const series = [1, 2, 3].map((seed) => ({
    startMs: START_MS,
    values: packValues(Array.from({ length: 300 }, (_, i) => 50 * seed + 20 * Math.sin(i / (4 + seed)) + ((i * 7919 * seed) % 11))),
  }));
  const task = { intervalMs: MINUTE_MS, horizonsMs: [5 * MINUTE_MS, 10 * MINUTE_MS] };
  return { task, cell: 'lstm', units: 8, steps: 12, windowsMax: 400, epochsMax: 8, seed: 5, series, start: null, ...given };
}

async function taught(compute: Compute, job: NetworkJob): Promise<NetworkResult & { readonly ok: true }> {
  const result = await compute.learn(job);
  assert.ok(result.ok, JSON.stringify(result));
  return result;
}

test('compute: a network is learned off the event loop to the same bytes as on it, and goes on where it was', async () => {
  const inline = createInlineCompute();
  const [there, here] = await Promise.all([taught(trainer, lesson()), taught(inline, lesson())]);
  assert.equal(there.network, here.network);
  assert.ok(here.lossAfter < 0.9 * here.lossBefore, `${here.lossBefore} to ${here.lossAfter}`);
  assert.notEqual((await taught(inline, lesson({ seed: 6 }))).network, here.network);
  const warm = await taught(inline, lesson({ start: here.network }));
  assert.ok(Math.abs(warm.lossBefore - here.lossAfter) < 1e-6);
  assert.ok(warm.lossAfter <= here.lossAfter);
});

test('compute: every engine learns the same network, nearly', async () => {
  const lossOf = async (engine: NetworkEngineName): Promise<number> =>
    (await taught(createInlineCompute({ engine }), lesson({ epochsMax: 1 }))).lossAfter;
  const kernel = await lossOf('kernel');
  assert.ok(Math.abs((await lossOf('twin')) - kernel) < 1e-3 * kernel);
});

test('compute: without TensorFlow the kernel learns, and the log says so once', async () => {
  const lines: string[] = [];
  const log: Log = {
    ...silentLog,
    warn: (_fields, message) => void lines.push(message),
    info: (_fields, message) => void lines.push(message),
  };
  const compute = createWorkerCompute({ engine: 'tensorflow', log });
  await taught(compute, lesson({ epochsMax: 1 }));
  await taught(compute, lesson({ epochsMax: 1 }));
  assert.equal(lines.length, 1, lines.join());
  assert.match(lines[0] ?? '', /TensorFlow/);
  await compute.close();
});

test('compute: what teaches nothing is refused with its reason', async () => {
  const constant = [{ startMs: START_MS, values: packValues(Array.from({ length: 20 }, () => 1)) }];
  for (const [job, reason] of [
    [lesson({ series: [] }), /0 windows of 0 series/],
    [lesson({ series: constant }), /wanted at least 200/],
    [lesson({ units: 7 }), /multiple of 4/],
  ] as const) {
    const result = await createInlineCompute().learn(job);
    assert.ok(!result.ok);
    assert.match(result.error, reason);
  }
});

test('compute: an opened network answers ascending quantiles in the unit of the series, the same bits each time', async () => {
  const compute = createInlineCompute();
  const { network } = await taught(compute, lesson());
  const reader = compute.open(network);
  assert.ok('read' in reader);
  assert.equal(compute.open(network), reader, 'opened once');
  const series = Array.from({ length: 100 }, (_, i) => 1_000 + 30 * Math.sin(i / 6));
  const view = { back: (back: number) => series[series.length - 1 - back] ?? Number.NaN };
  const answer = new Float64Array(4 * QUANTILE_LEVELS.length);
  assert.ok(reader.read(view, START_MS, answer));
  const again = new Float64Array(answer.length);
  reader.read(view, START_MS, again);
  assert.deepEqual(again, answer);
  for (let head = 0; head < 4; head += 1) {
    const quantiles = answer.subarray(9 * head, 9 * head + 9);
    assert.deepEqual(quantiles.toSorted(), quantiles);
    assert.ok((quantiles[3] ?? 0) > 900 && (quantiles[3] ?? 0) < 1_100);
  }
  assert.equal(reader.read({ back: (back) => (back === 0 ? 5 : Number.NaN) }, START_MS, answer), false, 'too little was measured');
  assert.ok(Array.isArray(compute.open('{}')));
});
