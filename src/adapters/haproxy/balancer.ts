import { sleep, type Clock, type TimerHandle } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { Backend, BalancerCounts } from '../local/balancer.ts';
import type { LoadBalancer } from '../local/load-balancer.ts';
import type { RuntimeApi } from './runtime-api.ts';
import { parseStat, takesRequests, type StatRow } from './stat.ts';

export interface HaproxyOptions {
  readonly api: RuntimeApi;
  readonly clock: Clock;
  readonly log: Log;
  readonly pool: string;
  /** Name of the backend that the pool's servers are added to. */
  readonly backend: string;
  /** Where clients find it, for people. */
  readonly url: string;
  /** Requests that a server works on at once; more wait in HAProxy. undefined: no bound. */
  readonly connectionsMax: number | undefined;
}

export interface HaproxyBalancer extends LoadBalancer {
  /** Requests that arrived for the backend since HAProxy started; undefined if it does not tell. */
  readonly arrived: () => Promise<number | undefined>;
}

interface Member {
  readonly id: string;
  readonly port: number;
  inFlight: number;
  /** HAProxy says so. */
  accepting: boolean;
  isDraining: boolean;
  /** It was taken in once, so HAProxy has to know it. */
  isAdmitted: boolean;
}

const HOST = '127.0.0.1';
/** Between looks while something is waited for, and at rest. */
const LOOK_MS = 50;
const WATCH_MS = 1_000;
/** A server whose process answers is UP after a check or two. */
const ADMIT_MS = 5_000;
/** Looks in a row that fail before nothing counts as serving. */
const MISSES_MAX = 3;
/** Connections that are cut end in milliseconds. */
const REMOVE_MS = 5_000;

/** Replicas as servers of a backend of a running HAProxy, added and removed through its stats socket. */
export function createHaproxyBalancer(options: HaproxyOptions): HaproxyBalancer {
  return new RuntimeBalancer(options);
}

class RuntimeBalancer implements HaproxyBalancer {
  readonly #options: HaproxyOptions;
  readonly #members = new Map<string, Member>();
  /** A name is free again when its removal has ended. */
  readonly #removals = new Map<string, Promise<void>>();
  #trouble: string | undefined;
  #total: StatRow | undefined;
  #timer: TimerHandle | undefined;
  #isClosed = false;
  #misses = 0;

  constructor(options: HaproxyOptions) {
    this.#options = options;
  }

  async listen(): Promise<{ readonly url: string }> {
    const { pool, backend, url } = this.#options;
    const rows = await this.#look();
    if (!rows.some(({ name }) => name === 'BACKEND')) throw new Error(`HAProxy has no backend ${backend}`);
    // Of a node that was killed: its processes ended with it.
    const left = rows.filter(({ name }) => name.startsWith(`${pool}-`) && /^\d+$/.test(name.slice(pool.length + 1)));
    await Promise.all(left.map(({ name }) => this.#takeOut(name)));
    this.#watch();
    return { url };
  }

  async admit(id: string, port: number): Promise<Backend> {
    const { clock } = this.#options;
    await this.#removals.get(id);
    const member: Member = { id, port, inFlight: 0, accepting: false, isDraining: false, isAdmitted: false };
    this.#members.set(id, member);
    try {
      await this.#addServer(member);
      const endMs = clock.monotonicMs() + ADMIT_MS;
      while (!member.accepting) {
        if (clock.monotonicMs() > endMs) throw new Error(`HAProxy did not find it up within ${ADMIT_MS} ms`);
        await sleep(clock, LOOK_MS);
        await this.#look();
      }
    } catch (error) {
      this.remove(id);
      throw error;
    }
    member.isAdmitted = true;
    return member;
  }

  open(id: string): void {
    const member = this.#memberOf(id);
    member.isDraining = false;
    member.accepting = true;
    this.#tell(`set server ${this.#nameOf(id)} state ready`);
  }

  drain(id: string, idle: () => void): void {
    const member = this.#memberOf(id);
    member.isDraining = true;
    member.accepting = false;
    void this.#drained(member, idle);
  }

  remove(id: string): void {
    this.#members.delete(id);
    const removal = this.#takeOut(id).finally(() => this.#removals.delete(id));
    this.#removals.set(id, removal);
  }

  counts(): BalancerCounts {
    const { total = 0, failed = 0, current = 0, queued = 0 } = this.#total ?? {};
    const inFlight = current + queued;
    return { arrived: total, answered: total - inFlight - failed, refused: failed, retried: 0, broken: 0, inFlight, waiting: queued };
  }

  trouble(): string | undefined {
    return this.#trouble;
  }

  readonly arrived = async (): Promise<number | undefined> => {
    const rows = await this.#look().catch(() => undefined);
    return rows?.find(({ name }) => name === 'BACKEND')?.total;
  };

  /** Clients belong to HAProxy: only the servers have to go, each when its replica ends. */
  async close(graceMs: number): Promise<void> {
    const { clock } = this.#options;
    this.#isClosed = true;
    this.#timer?.cancel();
    const endMs = clock.monotonicMs() + graceMs + REMOVE_MS;
    while (this.#members.size > 0 && clock.monotonicMs() < endMs) await sleep(clock, LOOK_MS);
    for (const id of this.#members.keys()) this.remove(id);
    await Promise.all(this.#removals.values());
  }

  async #addServer({ id, port }: Member): Promise<void> {
    const { api, connectionsMax } = this.#options;
    const name = this.#nameOf(id);
    const bound = connectionsMax === undefined ? '' : ` maxconn ${connectionsMax}`;
    // A server that is added inherits nothing from `default-server`.
    const answer = await api.ask(`add server ${name} ${HOST}:${port} check inter 500ms fastinter 100ms fall 2 rise 1${bound}`);
    if (!answer.includes('New server registered')) throw new Error(`HAProxy does not add it: ${answer.slice(0, 200)}`);
    await api.ask(`enable health ${name}`);
    await api.ask(`enable server ${name}`);
  }

  /** Calls back when it works on nothing, unless it was opened or removed meanwhile. */
  async #drained(member: Member, idle: () => void): Promise<void> {
    this.#tell(`set server ${this.#nameOf(member.id)} state drain`);
    const isStill = (): boolean => member.isDraining && this.#members.get(member.id) === member;
    while (isStill()) {
      const rows = await this.#look().catch(() => undefined);
      const row = rows?.find(({ name }) => name === member.id);
      // A request that was on its way when the drain began is counted by the next look.
      const isIdle = row === undefined || (row.status.startsWith('DRAIN') && row.current + row.queued === 0);
      if (rows !== undefined && isIdle && isStill()) {
        idle();
        return;
      }
      await sleep(this.#options.clock, LOOK_MS);
    }
  }

  async #takeOut(id: string): Promise<void> {
    const { api, clock, log } = this.#options;
    const name = this.#nameOf(id);
    const endMs = clock.monotonicMs() + REMOVE_MS;
    let answer = '';
    try {
      for (;;) {
        await api.ask(`set server ${name} state maint`);
        await api.ask(`shutdown sessions server ${name}`);
        answer = await api.ask(`del server ${name}`);
        if (answer.includes('Server deleted') || answer.includes('No such server') || clock.monotonicMs() > endMs) break;
        await sleep(clock, LOOK_MS);
      }
      if (!/Server deleted|No such server/.test(answer)) log.warn({ server: name, answer: answer.slice(0, 200) }, 'server is not removed');
    } catch (error) {
      // A HAProxy that is gone has forgotten its servers, too.
      log.warn({ server: name, error: messageOf(error) }, 'server could not be removed');
    }
  }

  /** Keeps what HAProxy says, and adds again what a restart of it forgot. */
  #watch(): void {
    const look = async (): Promise<void> => {
      const rows = await this.#look();
      const known = new Set(rows.map(({ name }) => name));
      const forgotten = [...this.#members.values()].filter(({ id, isAdmitted, isDraining }) => isAdmitted && !isDraining && !known.has(id));
      for (const member of forgotten) {
        this.#options.log.warn({ server: member.id }, 'server is gone from HAProxy; it is added again');
        await this.#addServer(member);
      }
    };
    const lookAgain = async (): Promise<void> => {
      await look().catch((error: unknown) => this.#options.log.warn({ error: messageOf(error) }, 'HAProxy cannot be looked at'));
      if (!this.#isClosed) this.#watch();
    };
    this.#timer = this.#options.clock.setTimer(WATCH_MS, () => void lookAgain());
  }

  async #look(): Promise<readonly StatRow[]> {
    const { api, backend } = this.#options;
    try {
      const rows = parseStat(await api.ask(`show stat ${backend} 6 -1`)).filter(({ proxy }) => proxy === backend);
      this.#trouble = undefined;
      this.#misses = 0;
      this.#total = rows.find(({ name }) => name === 'BACKEND');
      for (const row of rows) {
        const member = this.#members.get(row.name);
        if (member === undefined) continue;
        member.inFlight = row.current + row.queued;
        member.accepting = !member.isDraining && takesRequests(row);
      }
      return rows;
    } catch (error) {
      this.#misses += 1;
      if (this.#misses >= MISSES_MAX) {
        this.#trouble = messageOf(error);
        for (const member of this.#members.values()) member.accepting = false;
      }
      throw error;
    }
  }

  #tell(command: string): void {
    const { api, log } = this.#options;
    const tell = async (): Promise<void> => {
      const answer = await api.ask(command);
      if (answer !== '') log.warn({ command, answer: answer.slice(0, 200) }, 'HAProxy refuses');
    };
    tell().catch((error: unknown) => log.warn({ command, error: messageOf(error) }, 'HAProxy was not reached'));
  }

  #nameOf(id: string): string {
    return `${this.#options.backend}/${id}`;
  }

  #memberOf(id: string): Member {
    const member = this.#members.get(id);
    if (member === undefined) throw new Error(`HAProxy was given no server ${id}.`);
    return member;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
