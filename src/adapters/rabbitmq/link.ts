/** The connection to RabbitMQ: opened, and opened again whenever it is lost. */
import type { ChannelModel } from 'amqplib';
import { sleep, type Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import { InputError } from '../../problems.ts';
import { withoutPassword, type HostPort } from '../server-url.ts';
import { loadAmqp, type AmqpLibrary } from './library.ts';
import type { RabbitSettings } from './settings.ts';

export interface RabbitLinkOptions {
  readonly settings: RabbitSettings;
  readonly clock: Clock;
  readonly log: Log;
  /** Shown by RabbitMQ in its list of connections. */
  readonly name: string;
}

const RETRY_MIN_MS = 50;
const RETRY_MAX_MS = 2_000;
const CONNECT_TIMEOUT_MS = 5_000;
const CLOSE_MS = 1_000;
/** What another attempt would meet again; alerts of TLS from 42 on are about our certificate. */
const HOPELESS = /ACCESS[_-]REFUSED|NOT[_-]ALLOWED|certificate|self-signed|unable to verify|altnames|SSL alert number 4[2-9]/i;

export class RabbitLink {
  readonly #options: RabbitLinkOptions;
  readonly #amqp: AmqpLibrary;
  readonly #end = new AbortController();
  #model: ChannelModel | undefined;
  #waiting: ((model: ChannelModel) => void)[] = [];
  #attempts = 0;

  private constructor(options: RabbitLinkOptions, amqp: AmqpLibrary) {
    this.#options = options;
    this.#amqp = amqp;
  }

  /** A server that is not there yet is waited for. @throws InputError for one that refuses us. */
  static async open(options: RabbitLinkOptions): Promise<RabbitLink> {
    const link = new RabbitLink(options, await loadAmqp());
    try {
      link.#take(await link.#connect());
    } catch (error) {
      const found = reasonOf(error);
      if (HOPELESS.test(found)) throw new InputError([{ place: 'RabbitMQ', wanted: 'a connection', found }]);
      link.#lost(found);
    }
    return link;
  }

  get isConnected(): boolean {
    return this.#model !== undefined;
  }

  /** The connection as soon as there is one; undefined when it is closed for good. */
  connected(signal: AbortSignal): Promise<ChannelModel | undefined> {
    const signals = AbortSignal.any([signal, this.#end.signal]);
    if (signals.aborted || this.#model !== undefined) return Promise.resolve(signals.aborted ? undefined : this.#model);
    return new Promise((resolve) => {
      const stop = (): void => resolve(undefined);
      signals.addEventListener('abort', stop, { once: true });
      this.#waiting.push((model) => {
        signals.removeEventListener('abort', stop);
        resolve(model);
      });
    });
  }

  /** @throws Error when there is none now. */
  now(): ChannelModel {
    if (this.#model === undefined) throw new Error('RabbitMQ is not connected');
    return this.#model;
  }

  async close(): Promise<void> {
    this.#end.abort('closed');
    const model = this.#model;
    this.#model = undefined;
    if (model === undefined) return;
    // The client waits for ever for the server's word when the connection breaks just now.
    const late = new AbortController();
    await Promise.race([model.close().catch(() => {}), sleep(this.#options.clock, CLOSE_MS, late.signal)]);
    late.abort('closed');
  }

  async #connect(): Promise<ChannelModel> {
    const { settings, name } = this.#options;
    const { credentials, tls } = settings;
    const { host, port } = this.#nextHost();
    const login =
      settings.auth === 'external'
        ? this.#amqp.credentials.external()
        : this.#amqp.credentials.plain(credentials.username ?? 'guest', credentials.password ?? 'guest');
    return this.#amqp.connect(
      {
        protocol: tls === undefined ? 'amqp' : 'amqps',
        hostname: host,
        port,
        vhost: settings.vhost,
        heartbeat: settings.heartbeatSeconds,
        frameMax: 131_072,
      },
      {
        ...tls,
        credentials: login,
        clientProperties: { connection_name: name },
        noDelay: true,
        keepAlive: true,
        timeout: CONNECT_TIMEOUT_MS,
      },
    );
  }

  #nextHost(): HostPort {
    const { hosts } = this.#options.settings;
    return hosts[this.#attempts++ % hosts.length] ?? { host: 'localhost', port: 5_672 };
  }

  #take(model: ChannelModel): void {
    if (this.#end.signal.aborted) {
      void model.close().catch(() => {});
      return;
    }
    this.#model = model;
    let reason = 'it was closed';
    model.on('error', (error) => {
      reason = reasonOf(error);
    });
    model.on('close', (error) => {
      if (this.#model === model) this.#lost(error === undefined ? reason : reasonOf(error));
    });
    model.on('blocked', (why) => this.#options.log.warn({ why }, 'RabbitMQ takes nothing: it is short of memory or disk'));
    for (const go of this.#waiting.splice(0)) go(model);
  }

  #lost(reason: string): void {
    this.#model = undefined;
    if (this.#end.signal.aborted) return;
    this.#options.log.warn({ reason: withoutPassword(reason) }, 'RabbitMQ is not connected; the bridge waits for it');
    void this.#reconnect();
  }

  async #reconnect(): Promise<void> {
    const { clock, log } = this.#options;
    for (let waitMs = RETRY_MIN_MS; !this.#end.signal.aborted; waitMs = Math.min(2 * waitMs, RETRY_MAX_MS)) {
      await sleep(clock, waitMs, this.#end.signal);
      try {
        this.#take(await this.#connect());
        log.info({}, 'RabbitMQ is connected');
        return;
      } catch (error) {
        log.debug({ reason: reasonOf(error) }, 'RabbitMQ cannot be reached');
      }
    }
  }
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
