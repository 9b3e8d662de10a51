/** KEDA's external scaler, asked by a real gRPC client of a definition of its own. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { Client, credentials, Metadata, status, type ClientReadableStream, type ServiceError } from '@grpc/grpc-js';
import { fromJSON } from '@grpc/proto-loader';
import type { ServeOptions } from '../../src/serve/serve.ts';
import { serveWorld, FRESH_MS, TOKEN, type ServeWorld } from './world.ts';

const field = (type: string, id: number, rule?: string) => ({ type, id, ...(rule === undefined ? {} : { rule }) });
/** The contract once more, by hand from KEDA's published one, so that a slip in our file is seen. */
const CONTRACT: object = {
  nested: {
    externalscaler: {
      nested: {
        Ref: {
          fields: { name: field('string', 1), namespace: field('string', 2), scalerMetadata: { keyType: 'string', type: 'string', id: 3 } },
        },
        Active: { fields: { result: field('bool', 1) } },
        Spec: { fields: { metricName: field('string', 1), targetSize: field('int64', 2), targetSizeFloat: field('double', 3) } },
        Specs: { fields: { metricSpecs: field('Spec', 1, 'repeated') } },
        Ask: { fields: { scaledObjectRef: field('Ref', 1), metricName: field('string', 2) } },
        Value: { fields: { metricName: field('string', 1), metricValue: field('int64', 2), metricValueFloat: field('double', 3) } },
        Values: { fields: { metricValues: field('Value', 1, 'repeated') } },
        ExternalScaler: {
          methods: {
            IsActive: { requestType: 'Ref', responseType: 'Active' },
            StreamIsActive: { requestType: 'Ref', responseType: 'Active', responseStream: true },
            StreamMetricSpec: { requestType: 'Ref', responseType: 'Specs', responseStream: true },
            GetMetricSpec: { requestType: 'Ref', responseType: 'Specs' },
            GetMetrics: { requestType: 'Ask', responseType: 'Values' },
          },
        },
      },
    },
  },
};
const definition = fromJSON(CONTRACT, { defaults: true, longs: Number })['externalscaler.ExternalScaler'] as Record<
  string,
  { path: string; requestSerialize: (v: object) => Buffer; responseDeserialize: (b: Buffer) => unknown }
>;

const REF = { name: 'web', namespace: 'shop', scalerMetadata: { scalerAddress: 'forescale:4273', pool: 'web' } };
const refOf = (scalerMetadata: Record<string, string>) => ({ ...REF, scalerMetadata });
let world: ServeWorld;
let client: Client | undefined;

async function serving(t: TestContext, given: Partial<ServeOptions> = {}): Promise<ServeWorld> {
  const made = await serveWorld(given);
  t.after(async () => {
    client?.close();
    client = undefined;
    await made.stop();
  });
  return made;
}
const connected = (): Client => (client ??= new Client(`127.0.0.1:${world.ports.keda}`, credentials.createInsecure()));

function call(
  name: string,
  asked: object,
  headers: Record<string, string> = {},
): Promise<{ code: number; value: unknown; details: string }> {
  const method = definition[name];
  if (method === undefined) throw new Error(name);
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(headers)) metadata.set(key, value);
  return new Promise((resolve) => {
    connected().makeUnaryRequest(method.path, method.requestSerialize, method.responseDeserialize, asked, metadata, (error, value) =>
      resolve({ code: error?.code ?? status.OK, value, details: error?.details ?? '' }),
    );
  });
}

function stream(asked: object, name = 'StreamIsActive') {
  const method = definition[name];
  if (method === undefined) throw new Error(name);
  const told: unknown[] = [];
  const opened: ClientReadableStream<unknown> = connected().makeServerStreamRequest(
    method.path,
    method.requestSerialize,
    method.responseDeserialize,
    asked,
  );
  const ended = new Promise<number>((resolve) => void opened.on('error', (error: ServiceError) => resolve(error.code)));
  opened.on('data', (value: unknown) => told.push(value));
  const next = (count: number): Promise<void> =>
    new Promise((resolve) => {
      if (told.length >= count) return resolve();
      opened.on('data', () => void (told.length >= count && resolve()));
    });
  return { told, next, ended, cancel: () => opened.cancel() };
}

test('keda: a target of one a replica, and the count as its value', async (t) => {
  world = await serving(t);
  await world.plan({ replicas: 7, lower: 7, upper: 9 });
  const specs = await call('GetMetricSpec', REF);
  assert.deepEqual(specs.value, { metricSpecs: [{ metricName: 'forescale_replicas', targetSize: 1, targetSizeFloat: 1 }] });
  const values = await call('GetMetrics', { scaledObjectRef: REF, metricName: 'forescale_replicas' });
  assert.deepEqual(values.value, { metricValues: [{ metricName: 'forescale_replicas', metricValue: 7, metricValueFloat: 7 }] });
  assert.deepEqual((await call('IsActive', REF)).value, { result: true });
  await world.plan({ replicas: 0, lower: 0, upper: 0 });
  assert.deepEqual((await call('IsActive', REF)).value, { result: false });
});

test('keda: without an answer it is an error, never zero and never inactive; the target is told all the same', async (t) => {
  world = await serving(t);
  const failing = async (): Promise<void> => {
    assert.equal((await call('GetMetrics', { scaledObjectRef: REF, metricName: 'forescale_replicas' })).code, status.UNAVAILABLE);
    assert.equal((await call('IsActive', REF)).code, status.UNAVAILABLE);
    assert.equal((await call('GetMetricSpec', REF)).code, status.OK);
  };
  await failing();
  await world.plan({ replicas: 7, lower: 7, upper: 9 });
  assert.equal((await call('IsActive', REF)).code, status.OK);
  world.setAway(true);
  await world.clock.advance(FRESH_MS + 1_000);
  await failing();
  world.setAway(false);
  await world.plan(null);
  await failing();
});

test('keda: a stream tells at once and every change, and is quiet while there is no answer', { timeout: 30_000 }, async (t) => {
  world = await serving(t);
  await world.plan({ replicas: 0, lower: 0, upper: 0 });
  const opened = stream(REF);
  await opened.next(1);
  await world.plan(null);
  await world.plan({ replicas: 0, lower: 0, upper: 0 });
  await world.plan({ replicas: 2, lower: 2, upper: 2 });
  await world.plan({ replicas: 3, lower: 3, upper: 3 });
  await world.plan({ replicas: 0, lower: 0, upper: 0 });
  await opened.next(3);
  assert.deepEqual(opened.told, [{ result: false }, { result: true }, { result: false }]);
  opened.cancel();
  assert.equal(await opened.ended, status.CANCELLED);
});

test('keda: what cannot be answered is told apart', async (t) => {
  world = await serving(t);
  await world.plan({ replicas: 7, lower: 7, upper: 9 });
  for (const metadata of [{}, { pool: '' }, { poool: 'web' }]) {
    for (const name of ['IsActive', 'GetMetricSpec']) assert.equal((await call(name, refOf(metadata))).code, status.INVALID_ARGUMENT);
  }
  assert.equal((await call('GetMetrics', { metricName: 'forescale_replicas' })).code, status.INVALID_ARGUMENT);
  const other = await call('GetMetrics', { scaledObjectRef: REF, metricName: 'cpu' });
  assert.deepEqual([other.code, other.details], [status.INVALID_ARGUMENT, 'wanted the metric forescale_replicas, found cpu']);
  assert.equal((await call('IsActive', refOf({ pool: 'none' }))).code, status.NOT_FOUND);
  assert.equal(await stream(refOf({ pool: 'none' })).ended, status.NOT_FOUND);
  // KEDA goes on by itself where this newer call is not served.
  assert.equal(await stream(REF, 'StreamMetricSpec').ended, status.UNIMPLEMENTED);
  assert.equal((await call('IsActive', refOf({ pool: 'web', long: 'x'.repeat(100_000) }))).code, status.RESOURCE_EXHAUSTED);
});

test('keda: the token comes by a header or, as KEDA can, by the metadata', async (t) => {
  world = await serving(t, { token: TOKEN });
  await world.plan({ replicas: 7, lower: 7, upper: 9 });
  assert.equal((await call('IsActive', REF)).code, status.UNAUTHENTICATED);
  assert.equal((await call('IsActive', refOf({ pool: 'web', tokenFromEnv: 'wrong' }))).code, status.UNAUTHENTICATED);
  assert.equal((await call('IsActive', refOf({ pool: 'web', tokenFromEnv: TOKEN }))).code, status.OK);
  assert.equal((await call('IsActive', REF, { authorization: `Bearer ${TOKEN}` })).code, status.OK);
  assert.equal(await stream(REF).ended, status.UNAUTHENTICATED);
});

test('keda: the contract that is shipped has the four calls', () => {
  const text = readFileSync(new URL('../../src/serve/keda/externalscaler.proto', import.meta.url), 'utf8');
  assert.deepEqual(
    [...text.matchAll(/^ {2}rpc (\w+)/gm)].map(([, name]) => name),
    ['IsActive', 'StreamIsActive', 'GetMetricSpec', 'GetMetrics'],
  );
});
