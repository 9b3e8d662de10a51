/** RabbitMQ as a queue: publisher confirms, one reader at a time, and acknowledgements after the work. */
import type { Channel, ConfirmChannel, ConsumeMessage } from 'amqplib';
import { sleep } from '../../ports/clock.ts';
import type { Queue, QueueMessage, QueuePlace } from '../../ports/queue.ts';
import { reasonOf, RabbitLink, type RabbitLinkOptions } from './link.ts';

/** Messages given to us and not acknowledged: what a bus that is away makes us hold at the most. */
const PREFETCH = 1_000;
const BATCH_MAX = 500;
/** Before another attempt at a queue that refused us, e.g. because another bridge reads it, milliseconds. */
const REFUSED_MS = 1_000;

/** @throws InputError when the client is not installed, or the server refuses us. */
export async function openRabbitQueue(options: RabbitLinkOptions): Promise<Queue> {
  return new RabbitQueue(options, await RabbitLink.open(options));
}

class RabbitQueue implements Queue {
  readonly #options: RabbitLinkOptions;
  readonly #link: RabbitLink;
  #sender: Sender | undefined;

  constructor(options: RabbitLinkOptions, link: RabbitLink) {
    this.#options = options;
    this.#link = link;
  }

  get isConnected(): boolean {
    return this.#link.isConnected;
  }

  async send(to: QueuePlace, messages: readonly QueueMessage[]): Promise<void> {
    const sender = await this.#openSender();
    await this.#declare(sender, to);
    await Promise.all(messages.map((message) => publish(sender.channel, to, message)));
  }

  async receive(from: string, take: (batch: readonly QueueMessage[]) => Promise<void>, signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    for (;;) {
      const model = await this.#link.connected(signal);
      if (model === undefined) return;
      try {
        await this.#declareQueue(from);
        await consume(await model.createChannel(), from, take, signal);
      } catch (error) {
        if (signal.aborted) return;
        log.warn({ queue: from, reason: reasonOf(error) }, 'the queue cannot be read now; trying again');
        await sleep(clock, REFUSED_MS, signal);
      }
    }
  }

  async close(): Promise<void> {
    await this.#link.close();
  }

  async #openSender(): Promise<Sender> {
    const known = this.#sender;
    if (known !== undefined) return known;
    const channel = await this.#link.now().createConfirmChannel();
    const sender: Sender = { channel, declared: new Set() };
    this.#sender = sender;
    const forget = (): void => {
      if (this.#sender === sender) this.#sender = undefined;
    };
    channel.on('error', forget);
    channel.on('close', forget);
    return sender;
  }

  async #declare({ channel, declared }: Sender, { kind, name }: QueuePlace): Promise<void> {
    if (declared.has(name)) return;
    if (kind === 'queue') await this.#declareQueue(name);
    else await channel.assertExchange(name, 'topic', { durable: true });
    declared.add(name);
  }

  /** Uses a queue that is there as it is. A look at one that is not closes the channel, hence one of its own. */
  async #declareQueue(name: string): Promise<void> {
    const model = this.#link.now();
    const look = await model.createChannel();
    look.on('error', () => {});
    try {
      await look.checkQueue(name);
      await look.close();
      return;
    } catch (error) {
      if (!reasonOf(error).includes('NOT_FOUND') && !reasonOf(error).includes('NOT-FOUND')) throw error;
    }
    const make = await model.createChannel();
    make.on('error', () => {});
    await make.assertQueue(name, { durable: true, arguments: { 'x-queue-type': this.#options.settings.queueType } });
    await make.close();
  }
}

interface Sender {
  readonly channel: ConfirmChannel;
  readonly declared: Set<string>;
}

function publish(channel: ConfirmChannel, { kind, name }: QueuePlace, message: QueueMessage): Promise<void> {
  const { body, contentType, key, headers } = message;
  const content = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const [exchange, routingKey] = kind === 'queue' ? ['', name] : [name, key];
  return new Promise((resolve, reject) => {
    channel.publish(exchange, routingKey, content, { persistent: true, contentType, headers }, (error: unknown) =>
      error === null || error === undefined
        ? resolve()
        : reject(error instanceof Error ? error : new Error('RabbitMQ refused the message')),
    );
  });
}

/** Resolves when the channel or the signal ends it. */
async function consume(
  channel: Channel,
  from: string,
  take: (batch: readonly QueueMessage[]) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const waiting: ConsumeMessage[] = [];
  const over = new AbortController();
  let wake = (): void => {};
  let failure: unknown;
  const end = (error?: unknown): void => {
    failure ??= error;
    over.abort('ended');
    wake();
  };
  const stop = (): void => end();
  channel.on('error', end);
  channel.on('close', stop);
  signal.addEventListener('abort', stop, { once: true });
  try {
    await channel.prefetch(PREFETCH);
    // Exclusive: a second bridge waits its turn instead of mixing the order of what comes again.
    await channel.consume(
      from,
      (message) => {
        if (message === null) return end(new Error('the queue was deleted'));
        waiting.push(message);
        wake();
      },
      { exclusive: true },
    );
    while (!over.signal.aborted) {
      const batch = waiting.splice(0, BATCH_MAX);
      const last = batch.at(-1);
      if (last === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      await take(batch.map(toQueueMessage));
      // On a channel that has gone meanwhile they come again, and are dropped as repeats.
      if (!over.signal.aborted) channel.ack(last, true);
    }
    if (failure !== undefined) throw failure;
  } finally {
    signal.removeEventListener('abort', stop);
    void channel.close().catch(() => {});
  }
}

function toQueueMessage({ content, properties, fields }: ConsumeMessage): QueueMessage {
  const contentType = String(properties.contentType).includes('msgpack') ? 'application/msgpack' : 'application/json';
  return { body: content, contentType, key: fields.routingKey, headers: textHeaders(properties.headers ?? {}) };
}

function textHeaders(headers: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value] as const] : [])),
  );
}
