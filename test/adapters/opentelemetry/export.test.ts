/** Spans of a real node, by the real SDK, at a real server that speaks OTLP over HTTP. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openTracing } from '../../../src/adapters/opentelemetry/open.ts';
import { killStarted, runCli } from '../../cli/process.ts';
import { fakeTarget, MINUTE_MS } from '../../actors/fixtures.ts';
import { createWorld } from '../../node/world.ts';
import { openReceiver, type ReceivedSpan } from './receiver.ts';

const attribute = (span: ReceivedSpan | undefined, key: string): unknown => {
  const value = span?.attributes.find((one) => one.key === key)?.value ?? {};
  return Object.values(value)[0];
};

async function scaled(tracing: Awaited<ReturnType<typeof openTracing>>): Promise<void> {
  const world = createWorld(fakeTarget(3));
  const node = world.node('n1', { tracer: tracing.tracer });
  await node.start();
  for (let i = 0; i < 20; i += 1) await world.interval(node, { p0: 600 });
  await world.kernel.runFor(10 * MINUTE_MS);
  await world.stop(node);
  await tracing.close();
}

test('opentelemetry: a collector gets the trace of a confirmed action, whole', async () => {
  const receiver = await openReceiver();
  try {
    await scaled(await openTracing({ endpoint: receiver.url, share: 1, instance: 'n1' }));
    assert.equal(receiver.resource.get('service.name'), 'forescale');
    assert.equal(receiver.resource.get('service.instance.id'), 'n1');
    const ready = receiver.spans.find((span) => span.name === 'confirmation' && attribute(span, 'forescale.step') === 'ready');
    assert.ok(ready !== undefined);
    const trace = receiver.spans.filter(({ traceId }) => traceId === ready.traceId);
    const ids = new Set(trace.map(({ spanId }) => spanId));
    for (const { name, parentSpanId } of trace)
      if (name !== 'observe') assert.ok(parentSpanId !== undefined && ids.has(parentSpanId), name);
    for (const name of ['observe', 'observation', 'state-report', 'decision', 'scaling-command', 'target.get', 'target.scale'])
      assert.ok(
        trace.some((span) => span.name === name),
        name,
      );
    const observed = trace.find(({ name }) => name === 'observe');
    assert.equal(BigInt(observed?.endTimeUnixNano ?? 0) - BigInt(observed?.startTimeUnixNano ?? 0), BigInt(MINUTE_MS) * 1_000_000n);
    assert.equal(
      attribute(
        trace.find(({ name }) => name === 'decision'),
        'forescale.plan',
      ),
      attribute(ready, 'forescale.plan'),
    );
    assert.ok(trace.every(({ status }) => status.code !== 2));
  } finally {
    await receiver.close();
  }
});

test('opentelemetry: a share of none sends nothing, and neither does a collector that is away hold anybody up', async () => {
  const receiver = await openReceiver();
  try {
    await scaled(await openTracing({ endpoint: receiver.url, share: 0, instance: 'n1' }));
    assert.deepEqual(receiver.spans, []);
  } finally {
    await receiver.close();
  }
  await scaled(await openTracing({ endpoint: receiver.url, share: 1, instance: 'n1' }));
});

test('opentelemetry: forescale up sends spans where its config says, with the headers of the environment', async () => {
  const receiver = await openReceiver();
  const folder = mkdtempSync(join(tmpdir(), 'forescale-tracing-'));
  try {
    const file = join(folder, 'forescale.yaml');
    const port = await freePort();
    writeFileSync(
      file,
      `tracing: { endpoint: "${receiver.url}" }
inspector: { listen: "off" }
pools:
  web:
    interval: 1s
    horizons: [5s]
    capacity: { requestsPerSecond: 50 }
    replicas: { min: 1, max: 2 }
    target: { kind: local, portRange: { from: ${port}, to: ${port + 9} } }
`,
    );
    const running = runCli(['up', '--config', file, '--for', '6s', '--json'], { OTEL_EXPORTER_OTLP_HEADERS: 'x-team=blue' });
    const { code } = await running.exited;
    assert.equal(code, 0, running.errors.join('\n'));
    const names = new Set(receiver.spans.map(({ name }) => name));
    for (const name of ['observe', 'observation', 'state-report', 'decision'])
      assert.ok(names.has(name), `${name} in ${[...names].join()}`);
    assert.ok(receiver.headers.every((headers) => headers['x-team'] === 'blue'));
  } finally {
    killStarted();
    rmSync(folder, { recursive: true });
    await receiver.close();
  }
});

/** Where nobody listens now; those after it are most likely free, too. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
