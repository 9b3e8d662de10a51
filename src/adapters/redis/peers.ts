/** Questions and answers between nodes by publish and subscribe: each node has one channel. Nothing is stored. */
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { PeerAnswer, Peers } from '../../ports/peers.ts';
import type { Client } from './connections.ts';
import type { RedisLink } from './link.ts';

export interface RedisPeersOptions {
  readonly link: RedisLink;
  readonly prefix: string;
  readonly name: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly others: () => readonly string[];
}

export interface RedisPeers extends Peers {
  close(): void;
}

/** An answer that took longer is not waited for, milliseconds. */
const ANSWER_MS = 5_000;
/** Questions that wait for an answer at a time. */
const WAITING_MAX = 64;
/** Smaller messages are sent as they are. */
const PACKED_FROM_BYTES = 16_384;
/** What packed ones begin with. */
const GZIP_MARK = 0x1f;
/** Size of a message before it is packed. */
const BYTES_MAX = 16 * 2 ** 20;

const pack = promisify<Buffer, { readonly level: number }, Buffer>(gzip);
const unpack = promisify<Buffer, { readonly maxOutputLength: number }, Buffer>(gunzip);

/** `to` is answered under the number that it gave. */
type Told =
  | { readonly kind: 'question'; readonly number: number; readonly to: string; readonly what: unknown }
  | { readonly kind: 'answer'; readonly number: number; readonly answer: PeerAnswer };

/** The channel is listened to once somebody may be answered or asks: a node without an inspector has no connection for it. */
export function createRedisPeers(options: RedisPeersOptions): RedisPeers {
  return new ChannelPeers(options);
}

class ChannelPeers implements RedisPeers {
  readonly others: () => readonly string[];
  readonly #options: RedisPeersOptions;
  readonly #waiting = new Map<number, (answer: PeerAnswer) => void>();
  #client: Client | undefined;
  #how: ((question: unknown) => unknown) | undefined;
  #asked = 0;

  constructor(options: RedisPeersOptions) {
    this.#options = options;
    this.others = options.others;
  }

  answer(how: (question: unknown) => unknown): void {
    this.#how = how;
    this.#listen();
  }

  async ask(node: string, what: unknown): Promise<PeerAnswer> {
    if (this.#waiting.size >= WAITING_MAX) return { ok: false, why: 'failed' };
    this.#listen();
    this.#asked += 1;
    const number = this.#asked;
    return new Promise<PeerAnswer>((resolve) => {
      const settle = (answer: PeerAnswer): void => {
        timer.cancel();
        this.#waiting.delete(number);
        resolve(answer);
      };
      const timer = this.#options.clock.setTimer(ANSWER_MS, () => settle({ ok: false, why: 'silent' }));
      this.#waiting.set(number, settle);
      void this.#askFor(node, number, what, settle);
    });
  }

  async #askFor(node: string, number: number, what: unknown, settle: (answer: PeerAnswer) => void): Promise<void> {
    const heard = await this.#tell(node, { kind: 'question', number, to: this.#options.name, what });
    if (heard !== 'heard') settle({ ok: false, why: heard });
  }

  close(): void {
    this.#client?.disconnect();
    for (const settle of this.#waiting.values()) settle({ ok: false, why: 'failed' });
  }

  /** A connection that has subscribed can do nothing else. */
  #listen(): void {
    if (this.#client !== undefined) return;
    const { link, log, name } = this.#options;
    const client = link.openAside('peers');
    this.#client = client;
    client.on('ready', () => {
      client.subscribe(this.#channel(name)).catch((error: unknown) => {
        log.warn({ error: String(error) }, 'other nodes cannot ask this one for its actors: the rights are in docs/redis.md');
      });
    });
    client.on('messageBuffer', (_channel: Buffer, bytes: Buffer) => void this.#take(bytes));
    client.connect().catch(() => {});
  }

  async #take(bytes: Buffer): Promise<void> {
    const told = await read(bytes);
    if (told === undefined) return;
    if (told.kind === 'answer') this.#waiting.get(told.number)?.(told.answer);
    else if (this.#how !== undefined)
      await this.#tell(told.to, { kind: 'answer', number: told.number, answer: await this.#answerTo(told.what) });
  }

  async #answerTo(question: unknown): Promise<PeerAnswer> {
    try {
      return { ok: true, value: await this.#how?.(question) };
    } catch (error) {
      this.#options.log.warn({ error: String(error) }, 'a question of another node could not be answered');
      return { ok: false, why: 'failed' };
    }
  }

  async #tell(node: string, told: Told): Promise<'heard' | 'absent' | 'failed'> {
    const { link } = this.#options;
    try {
      const bytes = Buffer.from(JSON.stringify(told));
      const body = bytes.length > BYTES_MAX ? Buffer.from(JSON.stringify({ ...told, answer: { ok: false, why: 'failed' } })) : bytes;
      const heardBy = await link.connections.control.publish(
        this.#channel(node),
        body.length < PACKED_FROM_BYTES ? body : await pack(body, { level: 1 }),
      );
      // A server of a Redis Cluster counts those that listen at itself only.
      return heardBy === 0 && !link.isCluster ? 'absent' : 'heard';
    } catch {
      return 'failed';
    }
  }

  #channel(node: string): string {
    return `${this.#options.prefix}:peer:${node}`;
  }
}

/** undefined when somebody else wrote it. */
async function read(bytes: Buffer): Promise<Told | undefined> {
  try {
    const told: unknown = JSON.parse(
      (bytes[0] === GZIP_MARK ? await unpack(bytes, { maxOutputLength: BYTES_MAX }) : bytes).toString('utf8'),
    );
    return isTold(told) ? told : undefined;
  } catch {
    return undefined;
  }
}

function isTold(value: unknown): value is Told {
  if (typeof value !== 'object' || value === null || !('kind' in value) || !('number' in value)) return false;
  if (typeof value.number !== 'number') return false;
  if (value.kind === 'question') return 'to' in value && typeof value.to === 'string';
  return value.kind === 'answer' && 'answer' in value && typeof value.answer === 'object' && value.answer !== null && 'ok' in value.answer;
}
