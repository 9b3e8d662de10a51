/**
 * The master, as Sentinels know it. The first Sentinel that answers may be the last to hear of a failover, and a master that was
 * deposed calls itself master for ten seconds and more. So all are asked, the latest configuration counts, and as long as a
 * connection lives it is looked whether it is still to the master.
 */
import assert from 'node:assert/strict';
import { Redis, type RedisOptions } from 'ioredis';
import { sleep, type Clock, type TimerHandle } from '../../ports/clock.ts';
import type { HostPort } from '../server-url.ts';

export interface MasterAddress extends HostPort {
  /** Of the configuration that says so; a failover makes a greater one. */
  readonly configEpoch: number;
}

export interface SentinelsOptions {
  readonly sentinels: readonly HostPort[];
  /** What they call the master. */
  readonly name: string;
  /** How they are spoken to: credentials, TLS, waits between attempts. */
  readonly client: RedisOptions;
  readonly clock: Clock;
}

/** A connection to what was the master when it was made. */
export interface MasterConnection {
  readonly at: MasterAddress;
  /** Told when another is the master. */
  leave(): void;
}

/** Sentinels that tell of others are believed so far. */
const SENTINELS_MAX = 16;
/** An answer that takes longer is none, milliseconds. */
const ANSWER_MS = 1_000;
/** When one has answered, the others have this long, milliseconds: one that is away must not hold up a failover. */
const OTHERS_MS = 100;
/** Between looks at who the master is, milliseconds. */
const LOOK_MS = 250;

export class Sentinels {
  readonly #options: SentinelsOptions;
  /** By host and port. */
  readonly #clients = new Map<string, Redis>();
  readonly #connections = new Set<MasterConnection>();
  #look: TimerHandle | undefined;

  constructor(options: SentinelsOptions) {
    this.#options = options;
    for (const at of options.sentinels) this.#add(at);
  }

  /** @throws Error when none answers, or none knows a master by this name. */
  async master(): Promise<MasterAddress> {
    const { clock } = this.#options;
    const found: MasterAddress[] = [];
    const asked = [...this.#clients.values()].map(async (client) => void found.push(await this.#ask(client)));
    const all = Promise.allSettled(asked);
    const late = new AbortController();
    const enough = Promise.any(asked).then(
      () => sleep(clock, OTHERS_MS, late.signal),
      () => undefined,
    );
    await Promise.race([all, enough]);
    late.abort();
    const [newest] = found.sort((a, b) => b.configEpoch - a.configEpoch);
    // Then all have failed: the first says why.
    if (newest === undefined) await asked[0];
    assert(newest !== undefined);
    return newest;
  }

  /** Watches over a connection until what is returned is called. */
  watch(connection: MasterConnection): () => void {
    this.#connections.add(connection);
    this.#awaitLook();
    return () => void this.#connections.delete(connection);
  }

  close(): void {
    this.#look?.cancel();
    this.#connections.clear();
    for (const client of this.#clients.values()) client.disconnect();
  }

  #awaitLook(): void {
    this.#look ??= this.#options.clock.setTimer(LOOK_MS, () => void this.#lookOnce());
  }

  async #lookOnce(): Promise<void> {
    // Sentinels that are all away are no reason to leave a master that works.
    const now = await this.master().catch(() => undefined);
    for (const connection of this.#connections) {
      const { at } = connection;
      if (now === undefined || now.configEpoch < at.configEpoch || (now.host === at.host && now.port === at.port)) continue;
      this.#connections.delete(connection);
      connection.leave();
    }
    this.#look = undefined;
    if (this.#connections.size > 0) this.#awaitLook();
  }

  async #ask(client: Redis): Promise<MasterAddress> {
    const { name } = this.#options;
    // A user may be forbidden to hear of the others.
    const telling = client.call('sentinel', ['sentinels', name]).catch(() => []);
    const [master, others] = await Promise.all([client.call('sentinel', ['master', name]), telling]);
    for (const other of rowsOf(others)) this.#addTold(fieldsOf(other));
    const { ip, port, 'config-epoch': configEpoch } = fieldsOf(master);
    if (ip === undefined || port === undefined) throw new Error(`a Sentinel says of ${name} what is no address`);
    return { host: ip, port: Number(port), configEpoch: Number(configEpoch ?? 0) };
  }

  #addTold({ ip, port, flags = '' }: Readonly<Record<string, string>>): void {
    if (ip !== undefined && port !== undefined && !flags.includes('disconnected')) this.#add({ host: ip, port: Number(port) });
  }

  #add({ host, port }: HostPort): void {
    const key = `${host} ${port}`;
    if (this.#clients.has(key) || this.#clients.size >= SENTINELS_MAX) return;
    const client = new Redis({
      ...this.#options.client,
      host,
      port,
      protocol: 3,
      replyMapping: 'legacy',
      disableClientInfo: true,
      lazyConnect: true,
      enableReadyCheck: false,
      // What is asked while it is not connected waits for the next attempt, and no longer.
      enableOfflineQueue: true,
      maxRetriesPerRequest: 0,
      commandTimeout: ANSWER_MS,
    });
    client.on('error', () => {});
    this.#clients.set(key, client);
  }
}

const rowsOf = (reply: unknown): readonly unknown[] => (Array.isArray(reply) ? reply : []);

/** Names and values in turn. */
function fieldsOf(reply: unknown): Readonly<Record<string, string>> {
  const row = rowsOf(reply);
  const fields: Record<string, string> = {};
  for (let at = 0; at + 1 < row.length; at += 2) fields[String(row[at])] = String(row[at + 1]);
  return fields;
}
