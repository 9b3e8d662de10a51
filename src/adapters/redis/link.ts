/** The connections to Redis with their state: opened, checked at every connect, told about when they come and go. */
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { Random } from '../../ports/random.ts';
import type { StoreServer } from '../../ports/store.ts';
import { InputError } from '../../problems.ts';
import { ROLES, openConnection, openConnections, reachOf, type Client, type Connections, type Reach, type Role } from './connections.ts';
import { textOf } from './reply.ts';
import { judgeServer, toServerFacts, type Finding, type ServerFacts } from './server-facts.ts';
import type { RedisSettings } from './settings.ts';

export interface LinkOptions {
  readonly settings: RedisSettings;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Shown by Redis in its list of clients. */
  readonly name: string;
  /** How long the first connection may take, milliseconds. Default 10 s. */
  readonly connectMs?: number;
}

export interface LinkState {
  readonly isConnected: boolean;
  /** Monotonic time since which it is so. */
  readonly sinceMs: number;
  /** What was wrong with the server when it was connected last. */
  readonly findings: readonly Finding[];
}

/** Before a client that has ended is begun anew, milliseconds. */
const RESTART_MS = 100;
/** What another attempt would meet again. */
const HOPELESS =
  /^(WRONGPASS|NOAUTH|NOPERM|ERR (AUTH|Client sent AUTH|invalid password))|certificate|self-signed|unable to verify|altnames/i;

export class RedisLink {
  readonly connections: Connections;
  readonly #options: LinkOptions;
  readonly #reach: Reach;
  readonly #listeners: ((isConnected: boolean) => void)[] = [];
  #state: LinkState;
  #lastError = '';
  #readerId: number | undefined;
  #isClosed = false;

  private constructor(options: LinkOptions) {
    this.#options = options;
    this.#reach = reachOf(options.settings, options.clock, options.random);
    this.connections = openConnections(this.#reach, options.name);
    this.#state = { isConnected: false, sinceMs: options.clock.monotonicMs(), findings: [] };
  }

  /** @throws InputError when the server must not be used, Error when it cannot be reached in time. Nothing is left open then. */
  static async open(options: LinkOptions): Promise<RedisLink> {
    const link = new RedisLink(options);
    try {
      await link.#connect();
      const findings = await link.#check().catch(refuseWhatIsForbidden);
      const refusals = findings.filter(({ severity }) => severity === 'refuse');
      if (refusals.length > 0)
        throw new InputError(refusals.map(({ setting, wanted, found }) => ({ place: `Redis ${setting}`, wanted, found })));
      link.#tell(findings);
      link.#setState(true, findings);
      link.#watch();
      return link;
    } catch (error) {
      link.close();
      throw error;
    }
  }

  get state(): LinkState {
    return this.#state;
  }

  /** How its servers are now. */
  async servers(): Promise<readonly StoreServer[]> {
    return (await this.#readFacts()).map((facts) => {
      const { version, role, replicas, usedMemoryBytes, maxMemoryBytes } = facts;
      const findings = this.#judge(facts).map(({ setting, wanted, found }) => `${setting}: wanted ${wanted}, found ${found}`);
      return { version, role, replicas, usedMemoryBytes, maxMemoryBytes, findings };
    });
  }

  get isCluster(): boolean {
    return this.#options.settings.server.kind === 'cluster';
  }

  /** What Redis calls the reading connection; undefined while it is not known. */
  get readerId(): number | undefined {
    return this.#readerId;
  }

  onChange(listener: (isConnected: boolean) => void): void {
    this.#listeners.push(listener);
  }

  /** A connection beside those of the node; whoever asks for it connects and ends it. */
  openAside(role: string): Client {
    return openConnection(this.#reach, `${this.#options.name}:${role}`);
  }

  close(): void {
    this.#isClosed = true;
    for (const role of ROLES) this.connections[role].disconnect();
    this.#reach.sentinels?.close();
  }

  async #connect(): Promise<void> {
    const { clock, connectMs = 10_000 } = this.#options;
    const roles = ROLES.map((role) => this.connections[role]);
    await new Promise<void>((resolve, reject) => {
      const late = clock.setTimer(connectMs, () => fail(`no answer within ${connectMs / 1_000} s`));
      const fail = (reason: string): void => {
        late.cancel();
        const why = this.#lastError === '' ? reason : this.#lastError;
        reject(
          HOPELESS.test(why)
            ? new InputError([{ place: 'Redis', wanted: 'a connection', found: why }])
            : new Error(`Redis cannot be reached: ${why}`),
        );
      };
      const look = (): void => {
        if (!roles.every(({ status }) => status === 'ready')) return;
        late.cancel();
        resolve();
      };
      for (const client of roles) {
        client.on('ready', look);
        client.on('error', (error: Error) => {
          this.#lastError = reasonOf(error);
          if (HOPELESS.test(this.#lastError)) fail(this.#lastError);
        });
        this.#begin(client);
      }
    });
  }

  /** It tries again by itself; what was wrong is told by the events. */
  #begin(client: Client): void {
    client.connect().catch(() => {});
    // Except when a failover is announced just while it asks a Sentinel: then it takes itself for ended, and would stay so.
    client.once('end', () => {
      if (!this.#isClosed) this.#options.clock.setTimer(RESTART_MS, () => this.#begin(client));
    });
  }

  #watch(): void {
    for (const role of ROLES) {
      const client = this.connections[role];
      client.on('ready', () => void this.#onReady());
      client.on('close', () => this.#onClosed(role));
    }
  }

  async #onReady(): Promise<void> {
    if (this.#isClosed || !ROLES.every((role) => this.connections[role].status === 'ready') || this.#state.isConnected) return;
    try {
      const findings = await this.#check();
      this.#tell(findings);
      this.#setState(true, findings);
    } catch (error) {
      this.#options.log.warn({ error: reasonOf(error) }, 'Redis was connected, but could not be looked at');
    }
  }

  #onClosed(role: Role): void {
    if (role === 'read') this.#readerId = undefined;
    if (this.#isClosed || !this.#state.isConnected) return;
    this.#options.log.warn(
      { connection: role, error: this.#lastError },
      'the connection to Redis was lost; no action begins until it is back',
    );
    this.#setState(false, this.#state.findings);
  }

  #setState(isConnected: boolean, findings: readonly Finding[]): void {
    this.#state = { isConnected, sinceMs: this.#options.clock.monotonicMs(), findings };
    for (const listener of this.#listeners) listener(isConnected);
  }

  /** Looks at the server, and sets what lives as long as a connection does. */
  async #check(): Promise<readonly Finding[]> {
    const { control, commit, read } = this.connections;
    if (!this.isCluster) {
      const id = await read.call('client', ['id']);
      this.#readerId = typeof id === 'number' ? id : undefined;
      // Some services do not know it: then these connections may be closed when Redis is short of memory.
      await Promise.all([control, commit].map((client) => client.call('client', ['no-evict', 'on']).catch(() => {})));
    }
    // Everything stands on scripts: a server or a user without them is told now, not at the first commit.
    await control.eval('return 1', 0);
    return (await this.#readFacts()).flatMap((facts) => this.#judge(facts));
  }

  async #readFacts(): Promise<readonly ServerFacts[]> {
    const infos = await Promise.all(nodesOf(this.connections.control).map((node) => node.info()));
    return infos.map((info) => toServerFacts(textOf(info)));
  }

  #judge(facts: ServerFacts): readonly Finding[] {
    return judgeServer(facts, this.#options.settings.isVolatileAllowed);
  }

  #tell(findings: readonly Finding[]): void {
    const { log } = this.#options;
    for (const { severity, setting, wanted, found } of findings) {
      const fields = { setting, wanted, found };
      if (severity === 'refuse') log.error(fields, 'Redis is not fit to carry a cluster any more');
      else log.warn(fields, 'Redis is not set as it should be');
    }
  }
}

/** A user without the rights, or a service without scripts: nothing that waiting would mend. */
function refuseWhatIsForbidden(error: unknown): never {
  const found = reasonOf(error);
  if (!/^(NOPERM|ERR unknown command)/.test(found)) throw error;
  throw new InputError([{ place: 'Redis', wanted: 'a user with the rights that docs/redis.md lists, scripts among them', found }]);
}

/** The masters that a client is connected to. */
export function nodesOf(client: Client): readonly { info(): Promise<string> }[] {
  return 'nodes' in client ? client.nodes('master') : [client];
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const last: unknown = 'lastNodeError' in error ? error.lastNodeError : undefined;
  return last instanceof Error ? `${error.message} ${last.message}` : error.message;
}
