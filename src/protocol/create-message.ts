import type { AnyMessage, Message, MessageData, MessageName } from './message.ts';

/** What the envelope says of the sender. */
export interface MessageOrigin {
  /** Address of the sender. */
  readonly source: string;
  /** Default 0. */
  readonly incarnation?: number;
  /** Default 0: not sequenced. */
  readonly sequence?: number;
  /** Epoch milliseconds by the sender's clock. */
  readonly timeMs: number;
  readonly traceparent?: string | undefined;
  /** Default `<source>#<incarnation>.<sequence>`, which is unique only when the message is sequenced. */
  readonly id?: string;
}

/** Puts data into an envelope. */
export function createMessage<N extends MessageName>(name: N, data: MessageData[N], origin: MessageOrigin): Message<N> & AnyMessage {
  const { source, incarnation = 0, sequence = 0, timeMs, traceparent } = origin;
  const message: Message<N> = {
    name,
    id: origin.id ?? messageId(source, incarnation, sequence),
    source,
    incarnation,
    sequence,
    timeMs,
    ...(traceparent === undefined ? undefined : { traceparent }),
    data,
  };
  // Message<N> is one of the union; the compiler cannot tell for an open N.
  return message as Message<N> & AnyMessage;
}

/** The id of a sequenced message. */
export function messageId(source: string, incarnation: number, sequence: number): string {
  return `${source}#${incarnation}.${sequence}`;
}
