import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { pastIntervals } from '../../src/cli/history.ts';
import { InputError } from '../../src/problems.ts';
import { openDesk } from '../adapters/command/support.ts';
import { clock, openBus } from '../adapters/redis/open.ts';
import { noServer, sharedServer } from '../adapters/redis/server.ts';
import { createPublisher } from '../../src/producer/publisher.ts';
import { cli, killStarted, runCli } from './process.ts';
import { until } from '../until.ts';

const SCALER = fileURLToPath(new URL('../adapters/command/scaler.mjs', import.meta.url));
const MINUTE = 60_000;
after(killStarted);

const series = { kind: 'series', name: 'web', intervalMs: MINUTE, startMs: 0 } as const;

test('bootstrap: a series is told to the total alone, a family to its producers, too; missing rows are not told', () => {
  const alone = [...pastIntervals('web', { ...series, values: Float64Array.of(3, Number.NaN, 5) }, 'f', 1e12)];
  assert.deepEqual(
    alone.map(({ producer, observation }) => [producer, observation.intervalStartMs, observation.load.requests, observation.final]),
    [
      [null, 0, 3, true],
      [null, 2 * MINUTE, 5, true],
    ],
  );
  const members = [
    { name: 'a', values: Float64Array.of(1, 2) },
    { name: 'b', values: Float64Array.of(Number.NaN, 4) },
  ];
  const family = [...pastIntervals('web', { ...series, kind: 'family', members }, 'f', 1e12)];
  assert.deepEqual(
    family.map(({ producer, observation }) => [producer, observation.intervalStartMs, observation.load.requests]),
    [
      ['a', 0, 1],
      ['a', MINUTE, 2],
      ['b', MINUTE, 4],
    ],
  );
});

test('bootstrap: times to come and names that no producer can have are refused', () => {
  const members = [{ name: 'a b', values: Float64Array.of(1) }];
  const told = (): unknown => [...pastIntervals('web', { ...series, kind: 'family', members }, 'load.csv', 30_000)];
  assert.throws(told, (error: unknown) => {
    assert.ok(error instanceof InputError);
    assert.match(
      error.message,
      /load\.csv: wanted times before now, 1970-01-01T00:00:30\.000Z, found an interval that ends 1970-01-01T00:01/,
    );
    assert.match(error.message, /load\.csv a b: wanted a column that is the name of a producer/);
    return true;
  });
});

test('bootstrap: a file that cannot be used exits 2 before anything is told', async () => {
  const missing = await cli(['bootstrap', 'web', 'nowhere.csv', '--bus', 'redis://127.0.0.1:1']);
  assert.equal(missing.code, 2);
  assert.match(missing.err, /nowhere\.csv: wanted .*, found nothing there/);
});

test(
  'bootstrap: a pool that took its history knows the day before its first live interval; told again, it is refused',
  { skip: noServer ?? false, timeout: 180_000 },
  async (t) => {
    const url = `${(await sharedServer()).url}?prefix=bootstrap`;
    const desk = openDesk();
    t.after(() => desk.close());
    const config = join(desk.folder, 'forescale.yaml');
    writeFileSync(
      config,
      `pools: { web: { interval: 1m, capacity: { requestsPerSecond: 1 }, replicas: { min: 1, max: 9 }, target: { kind: command, command: [${process.execPath}, ${SCALER}], workingDirectory: ${desk.folder} } } }\n`,
    );
    const file = join(desk.folder, 'load.csv');
    const rows = 2_000;
    const endMs = Math.floor(clock.nowMs() / MINUTE) * MINUTE - MINUTE;
    const lines = Array.from({ length: rows }, (_, i) => {
      const atMs = endMs - (rows - i) * MINUTE;
      return `${atMs / 1_000},${Math.round(200 + 150 * Math.sin((2 * Math.PI * atMs) / 86_400_000) + 10 * Math.sin(i * i))}`;
    });
    writeFileSync(file, `timestamp,value\n${lines.join('\n')}\n`);
    const node = runCli(['up', '--config', config, '--bus', url, '--json', '--inspector', 'off']);
    const told = await cli(['bootstrap', 'web', file, '--bus', url]);
    assert.equal(told.code, 0, `${told.err}\n${node.errors.join('\n')}`);
    assert.match(told.out, /^web has taken its history: 2000 intervals until \S+Z, confidence [\d.]+%\.$/);
    assert.ok(Number(/confidence ([\d.]+)%/.exec(told.out)?.[1]) > 50, told.out);
    const bus = await openBus(url);
    t.after(() => bus.close());
    const live = createPublisher({ bus, clock, pool: 'web', producer: 'one', incarnation: clock.nowMs() });
    const load = { requests: 200, cpuSeconds: 0, memoryBytes: 0, networkBytes: 0 };
    const after = await bus.topicEnd('reports');
    const publish = (intervalStartMs: number): void =>
      live.publish({
        pool: 'web',
        producer: 'one',
        intervalStartMs,
        intervalMs: MINUTE,
        load,
        byType: {},
        bySource: { distinct: 1, top: [] },
      });
    publish(endMs);
    await until(async () => (await bus.readTopic('reports', after, 10)).length > 1, 'the live interval is reported', 60_000);
    const again = cli(['bootstrap', 'web', file, '--bus', url]);
    publish(endMs + MINUTE);
    const { code, err } = await again;
    assert.deepEqual([code, /web has seen load already, of .*: what is older is dropped/.test(err)], [1, true], err);
    node.child.kill('SIGTERM');
    await node.exited;
  },
);
