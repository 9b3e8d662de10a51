import type { ContentType } from '../protocol/content-type.ts';

/** A broker that others own (RabbitMQ, Kafka), between which and the bus a bridge carries messages. */
export interface Queue {
  /**
   * Gives the messages of a queue in order, one batch after the other, until `signal` aborts. They are taken off the queue when
   * `take` has resolved; what was given and not taken off comes again, after a reconnect or to the next reader.
   */
  receive(from: string, take: (batch: readonly QueueMessage[]) => Promise<void>, signal: AbortSignal): Promise<void>;
  /** Resolves when the broker has all of them durably, in order. Rejects when that is unknown: to be sent again. */
  send(to: QueuePlace, messages: readonly QueueMessage[]): Promise<void>;
  readonly isConnected: boolean;
  close(): Promise<void>;
}

/** `queue`: each message has one reader. `topic`: readers bring their own queues. Kafka makes no difference. */
export interface QueuePlace {
  readonly kind: 'queue' | 'topic';
  readonly name: string;
}

export interface QueueMessage {
  readonly body: Uint8Array;
  readonly contentType: ContentType;
  /** Messages with the same key stay in order. Readers of a RabbitMQ topic choose by it. */
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
}
