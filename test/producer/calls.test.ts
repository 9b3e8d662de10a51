/** gRPC under the real library over real HTTP/2, and handlers of queues. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { credentials, makeGenericClientConstructor, Server, ServerCredentials, type ServiceDefinition } from '@grpc/grpc-js';
import { createSystemClock } from '../../src/adapters/system/clock.ts';
import { createRecorder, recordGrpc, recordMessages } from '../../src/producer/index.ts';
import type { Observation } from '../../src/protocol/observation.ts';

const clock = createSystemClock();
const pack = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const unpack = (bytes: Buffer): unknown => JSON.parse(bytes.toString()) as unknown;
const method = (name: string, responseStream: boolean) => ({
  path: `/shop.Items/${name}`,
  requestStream: false,
  responseStream,
  requestSerialize: pack,
  requestDeserialize: unpack,
  responseSerialize: pack,
  responseDeserialize: unpack,
});
const definition: ServiceDefinition = { get: method('get', false), list: method('list', true) };

function startRecorder() {
  const told: Observation[] = [];
  const recorder = createRecorder({ pool: 'shop', producer: 'one', intervalMs: 3_600_000, emit: (one) => told.push(one) });
  return {
    recorder,
    tell(): Observation {
      recorder.close(clock.nowMs());
      return told.at(-1) ?? assert.fail('nothing was told');
    },
  };
}

test('grpc: every call is counted by its method and the address of its caller, and served as before', async (t) => {
  const { recorder, tell } = startRecorder();
  const implementation = {
    get: (call: { request: { id: number } }, done: (error: Error | null, value?: unknown) => void) =>
      call.request.id === 0 ? done(new Error('oh')) : done(null, { id: call.request.id }),
    list(call: { write(value: unknown): void; end(): void }) {
      call.write({ id: 1 });
      call.write({ id: 2 });
      call.end();
    },
  };
  const server = new Server();
  server.addService(definition, recordGrpc(implementation, { recorder, clock }) as never);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  const Client = makeGenericClientConstructor(definition, 'Items');
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure()) as unknown as {
    get(request: { id: number }, done: (error: Error | null, value: unknown) => void): void;
    list(request: object): AsyncIterable<unknown>;
    close(): void;
  };
  t.after(() => {
    client.close();
    server.forceShutdown();
  });
  const get = (id: number): Promise<unknown> =>
    new Promise((resolve) => client.get({ id }, (error, value) => resolve(error === null ? value : 'failed')));
  assert.deepEqual([await get(7), await get(0)], [{ id: 7 }, 'failed']);
  const listed: unknown[] = [];
  for await (const item of client.list({})) listed.push(item);
  assert.deepEqual(listed, [{ id: 1 }, { id: 2 }]);
  const { load, byType, bySource } = tell();
  assert.equal(load.requests, 3);
  assert.deepEqual([byType['get']?.requests, byType['list']?.requests], [2, 1]);
  assert.deepEqual(bySource.top, [{ source: '127.0.0.1', requests: 3 }]);
});

test('messages: each is counted and handed over with all else; a function that throws costs the count only', () => {
  const { recorder, tell } = startRecorder();
  const errors: unknown[] = [];
  const handle = recordMessages((message: { kind: string }, factor: number) => `${message.kind}${factor}`, {
    recorder,
    clock,
    typeOf: ({ kind }) => {
      if (kind === 'odd') throw new Error('what is it?');
      return kind;
    },
    onError: (error) => {
      errors.push(error);
      throw new Error('and this one throws');
    },
  });
  assert.deepEqual([handle({ kind: 'mail' }, 1), handle({ kind: 'mail' }, 2), handle({ kind: 'odd' }, 3)], ['mail1', 'mail2', 'odd3']);
  assert.equal(errors.length, 1);
  assert.deepEqual(Object.keys(tell().byType), ['mail']);
});
