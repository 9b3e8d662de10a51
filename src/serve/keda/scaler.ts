/** KEDA's external scaler: what a pool asks for as a metric with target 1, so that its value is the count. */
import { fileURLToPath } from 'node:url';
import type { sendUnaryData, ServerUnaryCall, ServerWritableStream, ServiceDefinition, StatusObject } from '@grpc/grpc-js';
import type { Clock } from '../../ports/clock.ts';
import { TokenGate, type AccessOptions } from '../access.ts';
import type { AdviceBook } from '../advice-book.ts';
import type { Listener } from '../../adapters/http/listener.ts';
import { loadGrpc, type GrpcLibrary } from './library.ts';

export const KEDA_METRIC = 'forescale_replicas';
const PROTO = fileURLToPath(new URL('externalscaler.proto', import.meta.url));
const STREAMS_MAX = 1_000;
const MESSAGE_BYTES_MAX = 65_536;

export interface KedaOptions extends AccessOptions {
  readonly book: AdviceBook;
  readonly clock: Clock;
}

interface ScaledObjectRef {
  readonly scalerMetadata: Readonly<Record<string, string>>;
}

interface GetMetricsRequest {
  readonly scaledObjectRef: ScaledObjectRef | null;
  readonly metricName: string;
}

/** What a call is ended with. */
type Refused = Pick<StatusObject, 'code' | 'details'>;
type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refused: Refused };
type Asks = Pick<ServerUnaryCall<unknown, unknown>, 'metadata'>;

/** @throws InputError when gRPC is not installed. */
export async function createKedaScaler(options: KedaOptions): Promise<Listener> {
  const { grpc, loader } = await loadGrpc();
  const definition = loader.loadSync(PROTO, { defaults: true, longs: Number, objects: true });
  const service = definition['externalscaler.ExternalScaler'] as ServiceDefinition;
  const server = new grpc.Server({ 'grpc.max_receive_message_length': MESSAGE_BYTES_MAX, 'grpc.max_concurrent_streams': STREAMS_MAX });
  const answers = new Answers(grpc, options);
  server.addService(service, {
    isActive: unary((call: ServerUnaryCall<ScaledObjectRef, unknown>) => answers.isActive(call, call.request)),
    getMetricSpec: unary((call: ServerUnaryCall<ScaledObjectRef, unknown>) => answers.metricSpec(call, call.request)),
    getMetrics: unary((call: ServerUnaryCall<GetMetricsRequest, unknown>) => answers.metrics(call, call.request)),
    streamIsActive: (call: ServerWritableStream<ScaledObjectRef, unknown>) => answers.stream(call),
  });
  return {
    listen: (host, port) => {
      const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
      return new Promise((resolve, reject) => {
        server.bindAsync(address, credentialsOf(grpc, options), (error, taken) => (error === null ? resolve(taken) : reject(error)));
      });
    },
    // Streams stay open for as long as KEDA runs: nothing waits for them.
    close: () => Promise.resolve(server.forceShutdown()),
  };
}

function credentialsOf({ ServerCredentials }: GrpcLibrary, { tls }: AccessOptions): ReturnType<typeof ServerCredentials.createInsecure> {
  if (tls === undefined) return ServerCredentials.createInsecure();
  const { cert, key, clientCa } = tls;
  const pair = { cert_chain: Buffer.from(cert), private_key: Buffer.from(key) };
  return ServerCredentials.createSsl(clientCa === undefined ? null : Buffer.from(clientCa), [pair], clientCa !== undefined);
}

function unary<Q>(answer: (call: ServerUnaryCall<Q, unknown>) => Read<unknown>) {
  return (call: ServerUnaryCall<Q, unknown>, callback: sendUnaryData<unknown>): void => {
    const read = answer(call);
    if (read.ok) callback(null, read.value);
    else callback(read.refused);
  };
}

class Answers {
  readonly #book: AdviceBook;
  readonly #gate: TokenGate;
  readonly #status: GrpcLibrary['status'];
  #streams = 0;

  constructor({ status }: GrpcLibrary, options: KedaOptions) {
    this.#status = status;
    this.#book = options.book;
    this.#gate = new TokenGate(options, options.clock);
  }

  isActive(call: Asks, ref: ScaledObjectRef | null): Read<{ readonly result: boolean }> {
    const count = this.#count(call, ref);
    return count.ok ? { ok: true, value: { result: count.value > 0 } } : count;
  }

  /** Also without an answer: without a target KEDA would not count the failures that its fallback waits for. */
  metricSpec(call: Asks, ref: ScaledObjectRef | null): Read<unknown> {
    const pool = this.#pool(call, ref);
    if (!pool.ok) return pool;
    return { ok: true, value: { metricSpecs: [{ metricName: KEDA_METRIC, targetSize: 1, targetSizeFloat: 1 }] } };
  }

  metrics(call: Asks, { scaledObjectRef, metricName }: GetMetricsRequest): Read<unknown> {
    const count = this.#count(call, scaledObjectRef);
    if (!count.ok) return count;
    if (metricName !== KEDA_METRIC) return this.#refuse('INVALID_ARGUMENT', `wanted the metric ${KEDA_METRIC}, found ${metricName}`);
    return { ok: true, value: { metricValues: [{ metricName, metricValue: count.value, metricValueFloat: count.value }] } };
  }

  /** Quiet while there is no answer: what was told last stands. */
  stream(call: ServerWritableStream<ScaledObjectRef, unknown>): void {
    const pool = this.#pool(call, call.request);
    const isFull = this.#streams >= STREAMS_MAX;
    if (!pool.ok || isFull) {
      const refused = pool.ok ? this.#refuse('RESOURCE_EXHAUSTED', `${STREAMS_MAX} streams are open already`).refused : pool.refused;
      call.emit('error', refused);
      return;
    }
    let told: boolean | undefined;
    const tell = (): void => {
      const advised = this.#book.of(pool.value);
      if (!advised.ok || told === advised.replicas > 0) return;
      told = advised.replicas > 0;
      call.write({ result: told });
    };
    this.#streams += 1;
    const end = this.#book.onLook(tell);
    call.on('cancelled', () => {
      end();
      this.#streams -= 1;
    });
    tell();
  }

  #count(call: Asks, ref: ScaledObjectRef | null): Read<number> {
    const pool = this.#pool(call, ref);
    if (!pool.ok) return pool;
    const advised = this.#book.of(pool.value);
    return advised.ok ? { ok: true, value: advised.replicas } : this.#refuse('UNAVAILABLE', advised.message);
  }

  #pool({ metadata }: Asks, ref: ScaledObjectRef | null): Read<string> {
    const given = ref?.scalerMetadata ?? {};
    const [header] = metadata.get('authorization');
    // KEDA sends no headers; it puts the value of a variable in the place of its name.
    const refusal = this.#gate.refuse(header?.toString() ?? given['tokenFromEnv']);
    if (refusal === 'locked') return this.#refuse('RESOURCE_EXHAUSTED', 'too many wrong tokens; wait a minute');
    if (refusal !== undefined) return this.#refuse('UNAUTHENTICATED', refusal === 'wrong' ? 'this is not the token' : 'a token is needed');
    const pool = given['pool'];
    if (pool === undefined || pool === '')
      return this.#refuse('INVALID_ARGUMENT', 'wanted `pool` in the metadata of the trigger, found none');
    const advised = this.#book.of(pool);
    if (!advised.ok && advised.code === 'unknown-pool') return this.#refuse('NOT_FOUND', advised.message);
    return { ok: true, value: pool };
  }

  #refuse(code: keyof GrpcLibrary['status'], details: string): { readonly ok: false; readonly refused: Refused } {
    return { ok: false, refused: { code: this.#status[code], details } };
  }
}
