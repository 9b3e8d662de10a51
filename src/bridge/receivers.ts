import { plaAddress, pseAddress } from '../protocol/address.ts';
import type { AnyMessage, MessageName } from '../protocol/message.ts';

/** What may come from outside. Everything else is what actors say to each other. */
export const INBOUND = ['observation', 'state-report', 'control'] as const satisfies readonly MessageName[];
export type InboundName = (typeof INBOUND)[number];

export type InboundMessage = Extract<AnyMessage, { name: InboundName }>;

export function isInbound(message: AnyMessage): message is InboundMessage {
  return (INBOUND as readonly string[]).includes(message.name);
}

/** Whom a message from outside is for: it carries no address, its content tells. */
export function receiversOf(message: InboundMessage): readonly string[] {
  if (message.name === 'observation') {
    const { pool, producer } = message.data;
    return [plaAddress(pool, producer), plaAddress(pool, null)];
  }
  if (message.name === 'state-report') return [pseAddress(message.data.pool)];
  return [message.data.actor ?? pseAddress(message.data.pool)];
}
