/** One process of the chaos, with its own links to Redis and to the target. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GOOD_LINK, Proxy, type LinkFaults } from './proxy.ts';

const ROUTES = fileURLToPath(new URL('./routes.ts', import.meta.url));

/** All that goes to one counterpart. */
export class Link {
  readonly #proxies: readonly Proxy[];

  constructor(proxies: readonly Proxy[]) {
    this.#proxies = proxies;
  }

  set(faults: Partial<LinkFaults>): void {
    for (const proxy of this.#proxies) proxy.set(faults);
  }

  reset(): void {
    for (const proxy of this.#proxies) proxy.reset();
  }

  heal(): void {
    this.set(GOOD_LINK);
  }

  close(): void {
    for (const proxy of this.#proxies) proxy.close();
  }
}

export interface MemberOrder {
  readonly name: string;
  readonly program: 'node-program.ts' | 'producer-program.ts';
  readonly redisPorts: readonly number[];
  readonly targetPort: number;
  /** Of the program, given the port of its own way to the target. */
  readonly order: (targetPort: number) => object;
  /** A folder in which its errors are kept; undefined: only the last are. */
  readonly logs?: string | undefined;
}

const living = new Set<ChildProcess>();
process.once('exit', () => living.forEach((child) => child.kill('SIGKILL')));

export class Member {
  readonly name: string;
  readonly redis: Link;
  readonly target: Link;
  readonly child: ChildProcess;
  /** The last lines that it wrote as errors. */
  readonly errors: string[] = [];
  /** What it said. */
  readonly said: string[] = [];
  readonly joined: Promise<void>;
  readonly exited: Promise<number | null>;
  /** Its end is no surprise. */
  isEnding = false;
  hasJoined = false;

  private constructor(name: string, redis: Link, target: Link, child: ChildProcess, logs: string | undefined) {
    this.name = name;
    this.redis = redis;
    this.target = target;
    this.child = child;
    living.add(child);
    if (logs !== undefined) child.stderr?.pipe(createWriteStream(join(logs, `${name}.log`)));
    createInterface({ input: child.stderr ?? process.stdin }).on('line', (line) => {
      this.errors.push(line);
      if (this.errors.length > 50) this.errors.shift();
    });
    const lines = createInterface({ input: child.stdout ?? process.stdin });
    lines.on('line', (line) => this.said.push(line));
    this.exited = once(child, 'close').then(([code]: unknown[]) => {
      living.delete(child);
      this.redis.close();
      this.target.close();
      return typeof code === 'number' ? code : null;
    });
    this.joined = Promise.race([
      once(lines, 'line'),
      this.exited.then((code) => Promise.reject(new Error(`${name} ended with ${code} before it joined`))),
    ]).then(() => void (this.hasJoined = true));
    this.joined.catch(() => {});
  }

  static async start({ name, program, redisPorts, targetPort, order, logs }: MemberOrder): Promise<Member> {
    const proxies = await Promise.all(redisPorts.map((port) => Proxy.to(port)));
    const target = await Proxy.to(targetPort);
    const routes = Object.fromEntries(redisPorts.map((port, i) => [port, proxies[i]?.port]));
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', '--import', ROUTES, fileURLToPath(new URL(`./${program}`, import.meta.url)), JSON.stringify(order(target.port))],
      { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, CHAOS_ROUTES: JSON.stringify(routes) } },
    );
    return new Member(name, new Link(proxies), new Link([target]), child, logs);
  }

  heal(): void {
    this.redis.heal();
    this.target.heal();
    this.child.kill('SIGCONT');
  }
}
