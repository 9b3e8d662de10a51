/** Kafka as a queue: idempotent producer that waits for all replicas, positions committed after the work. */
import type { Admin, EachBatchPayload, Kafka, KafkaMessage, logCreator, Producer } from 'kafkajs';
import { sleep, type Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { Queue, QueueMessage, QueuePlace } from '../../ports/queue.ts';
import { InputError } from '../../problems.ts';
import { loadKafka, type KafkaLibrary } from './library.ts';
import type { KafkaSettings } from './settings.ts';

export interface KafkaQueueOptions {
  readonly settings: KafkaSettings;
  readonly clock: Clock;
  readonly log: Log;
  /** Shown by Kafka. */
  readonly name: string;
}

const BATCH_MAX = 500;
/** The group gives a reader up that was silent for this long, milliseconds. */
const SESSION_MS = 10_000;
const HEARTBEAT_MS = 2_000;
/** A request without an answer for this long is sent again, milliseconds. */
const REQUEST_MS = 5_000;
/** The client tries again on the same connection, which may be dead: we soon open another. */
const RETRY = { initialRetryTime: 100, maxRetryTime: 1_000, retries: 1 };
const AGAIN_MS = 500;
/** What another attempt would meet again; alerts of TLS from 42 on are about our certificate. */
const HOPELESS = /SASL|authenti[cz]ation|certificate|self-signed|unable to verify|altnames|SSL alert number 4[2-9]/i;

/** @throws InputError when the client is not installed, or the brokers refuse us. A broker that is not there yet is waited for. */
export async function openKafkaQueue(options: KafkaQueueOptions): Promise<Queue> {
  const queue = new KafkaQueue(options, await loadKafka());
  await queue.open();
  return queue;
}

class KafkaQueue implements Queue {
  readonly #options: KafkaQueueOptions;
  readonly #kafka: Kafka;
  readonly #library: KafkaLibrary;
  readonly #known = new Set<string>();
  readonly #end = new AbortController();
  #admin: Admin | undefined;
  #producer: Promise<Producer> | undefined;
  #receiving: Promise<void> = Promise.resolve();
  #isConnected = false;

  constructor(options: KafkaQueueOptions, library: KafkaLibrary) {
    const { settings, name, log } = options;
    this.#options = options;
    this.#library = library;
    this.#kafka = new library.Kafka({
      clientId: name,
      brokers: settings.brokers.map(({ host, port }) => `${host}:${port}`),
      ...(settings.tls === undefined ? {} : { ssl: { ...settings.tls, rejectUnauthorized: true } }),
      ...(settings.sasl === undefined ? {} : { sasl: settings.sasl as never }),
      connectionTimeout: 3_000,
      requestTimeout: REQUEST_MS,
      retry: RETRY,
      logLevel: library.logLevel.WARN,
      logCreator: createLogger(log),
    });
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  async open(): Promise<void> {
    try {
      this.#admin = await this.#openAdmin();
    } catch (error) {
      const found = error instanceof Error ? error.message : String(error);
      if (HOPELESS.test(found)) throw new InputError([{ place: 'Kafka', wanted: 'a connection', found }]);
      this.#options.log.warn({ reason: found }, 'Kafka cannot be reached; the bridge waits for it');
    }
  }

  async send({ name }: QueuePlace, messages: readonly QueueMessage[]): Promise<void> {
    if (messages.length === 0) return;
    await this.#makeTopic(name);
    const producer = await this.#openProducer();
    try {
      await producer.send({
        topic: name,
        acks: -1,
        messages: messages.map(({ body, contentType, key, headers }) => ({
          key,
          value: Buffer.from(body.buffer, body.byteOffset, body.byteLength),
          headers: { ...headers, 'content-type': contentType },
        })),
      });
      this.#isConnected = true;
    } catch (error) {
      this.#isConnected = false;
      // A producer whose attempts are used up has lost count of its own sequence: begin anew.
      this.#producer = undefined;
      await producer.disconnect().catch(() => {});
      throw error;
    }
  }

  async receive(from: string, take: (batch: readonly QueueMessage[]) => Promise<void>, signal: AbortSignal): Promise<void> {
    const over = AbortSignal.any([signal, this.#end.signal]);
    const run = async (): Promise<void> => {
      const { clock, log } = this.#options;
      while (!over.aborted) {
        try {
          await this.#makeTopic(from);
          await this.#consume(from, take, over);
        } catch (error) {
          this.#isConnected = false;
          log.warn(
            { topic: from, reason: error instanceof Error ? error.message : String(error) },
            'the topic cannot be read now; trying again',
          );
          await sleep(clock, AGAIN_MS, over);
        }
      }
    };
    this.#receiving = run();
    await this.#receiving;
  }

  async close(): Promise<void> {
    this.#end.abort('closed');
    await this.#receiving;
    await (await this.#producer?.catch(() => undefined))?.disconnect().catch(() => {});
    await this.#admin?.disconnect().catch(() => {});
    this.#isConnected = false;
  }

  /** Resolves at the signal; rejects when the consumer gave up. */
  async #consume(from: string, take: (batch: readonly QueueMessage[]) => Promise<void>, over: AbortSignal): Promise<void> {
    const consumer = this.#kafka.consumer({
      groupId: this.#options.settings.group,
      sessionTimeout: SESSION_MS,
      // A reader that died while it joined holds up all others for this long.
      rebalanceTimeout: SESSION_MS,
      heartbeatInterval: HEARTBEAT_MS,
      // A consumer that leaves waits for the read that is under way.
      maxWaitTimeInMs: 500,
      maxBytesPerPartition: 4 * 1024 * 1024,
      // We begin again ourselves.
      retry: { ...RETRY, restartOnFailure: () => Promise.resolve(false) },
    });
    let stop = (): void => {};
    const ended = new Promise<void>((resolve, reject) => {
      stop = resolve;
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
    });
    // It may crash before anybody waits for its end.
    ended.catch(() => {});
    over.addEventListener('abort', stop, { once: true });
    try {
      await consumer.connect();
      await consumer.subscribe({ topics: [from], fromBeginning: true });
      this.#isConnected = true;
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        eachBatch: (payload) => this.#takeBatch(payload, take, (offsets) => consumer.commitOffsets(offsets), over),
      });
      if (!over.aborted) await ended;
    } finally {
      over.removeEventListener('abort', stop);
      await consumer.disconnect().catch(() => {});
    }
  }

  async #takeBatch(
    payload: EachBatchPayload,
    take: (batch: readonly QueueMessage[]) => Promise<void>,
    commit: (offsets: { topic: string; partition: number; offset: string }[]) => Promise<void>,
    over: AbortSignal,
  ): Promise<void> {
    const { topic, partition, messages } = payload.batch;
    for (let start = 0; start < messages.length; start += BATCH_MAX) {
      if (!payload.isRunning() || payload.isStale() || over.aborted) return;
      const part = messages.slice(start, start + BATCH_MAX);
      const last = part.at(-1)?.offset ?? '0';
      await this.#withHeartbeats(take(part.map(toQueueMessage)), () => payload.heartbeat());
      payload.resolveOffset(last);
      await commit([{ topic, partition, offset: String(BigInt(last) + 1n) }]);
    }
  }

  /** A bus that is away may keep a batch for long: the group must not take us for dead. */
  async #withHeartbeats(work: Promise<void>, heartbeat: () => Promise<void>): Promise<void> {
    const { clock } = this.#options;
    const done = new AbortController();
    const beat = async (): Promise<void> => {
      while (!done.signal.aborted) {
        await sleep(clock, HEARTBEAT_MS, done.signal);
        if (!done.signal.aborted) await heartbeat().catch(() => {});
      }
    };
    const beating = beat();
    try {
      await work;
    } finally {
      done.abort('done');
      await beating;
    }
  }

  /** Makes a topic that is not there, as the brokers make their topics. */
  async #makeTopic(topic: string): Promise<void> {
    if (this.#known.has(topic)) return;
    const admin = (this.#admin ??= await this.#openAdmin());
    await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: -1, replicationFactor: -1 }] });
    this.#known.add(topic);
  }

  async #openAdmin(): Promise<Admin> {
    const admin = this.#kafka.admin();
    await admin.connect();
    this.#isConnected = true;
    return admin;
  }

  #openProducer(): Promise<Producer> {
    this.#producer ??= (async () => {
      const producer = this.#kafka.producer({
        idempotent: true,
        maxInFlightRequests: 1,
        createPartitioner: this.#library.Partitioners.DefaultPartitioner,
        retry: RETRY,
      });
      await producer.connect();
      return producer;
    })().catch((error: unknown) => {
      this.#producer = undefined;
      throw error;
    });
    return this.#producer;
  }
}

function toQueueMessage({ key, value, headers = {} }: KafkaMessage): QueueMessage {
  const texts = Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, String(text)]));
  const contentType = String(texts['content-type']).includes('msgpack') ? 'application/msgpack' : 'application/json';
  return { body: value ?? new Uint8Array(), contentType, key: key?.toString() ?? '', headers: texts };
}

/** What the client says becomes a line of our log. */
function createLogger(log: Log): logCreator {
  return () =>
    ({ log: { message, error } }) =>
      log.debug({ reason: String(error ?? '') }, `Kafka client: ${message}`);
}
