import type { InboundName } from './receivers.ts';

/** One bridge between the bus and a broker. Compiled from the config; complete. */
export interface BridgeSettings {
  /** Its positions in the public streams are kept under this name. */
  readonly name: string;
  /** amqp[s]://… or kafka[s]://…, without a password. */
  readonly url: string;
  readonly in: InboundSettings | undefined;
  readonly out: OutboundSettings | undefined;
}

export interface InboundSettings {
  readonly from: string;
  /** Gets what cannot be carried, with the reason. */
  readonly dead: string;
  readonly accept: readonly InboundName[];
}

export interface OutboundSettings {
  readonly to: string;
  readonly topics: readonly string[];
}
