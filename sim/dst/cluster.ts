import type { Clock } from '../../src/ports/clock.ts';
import type { Random } from '../../src/ports/random.ts';
import type { Hear } from './happening.ts';
import { CLEAN_LINKS, SimNode, type SimNodeOptions } from './node.ts';

type GivenOptions = Omit<SimNodeOptions, 'name' | 'random' | 'behaviors'>;

export interface ClusterOptions extends GivenOptions {
  readonly random: Random;
  readonly size: number;
  /** Behaviors of the build that a place runs now; undefined: this build's. */
  readonly build: (place: number) => SimNodeOptions['behaviors'];
}

/** Mean time from a node's end to the next start in its place, milliseconds. */
const RESTART_MEAN_MS = 3_000;

/** The nodes of a cluster, each in its place: what ends there is begun anew, under a new name, after a while. */
export class Cluster {
  readonly #options: ClusterOptions;
  readonly #clock: Clock;
  readonly #hear: Hear;
  readonly #places: (SimNode | undefined)[];
  readonly #births: number[];
  readonly #builds: SimNodeOptions['behaviors'][];
  #isHealed = false;
  #isOver = false;
  readonly #held = new Map<number, number>();
  readonly #random: Random;

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#hear = options.hear;
    this.#random = options.random.fork('restarts');
    this.#builds = Array.from({ length: options.size }, () => undefined);
    this.#places = Array.from({ length: options.size }, () => undefined);
    this.#births = Array.from({ length: options.size }, () => 0);
  }

  get size(): number {
    return this.#places.length;
  }

  /** Nodes whose process lives, paused ones included. */
  get running(): readonly SimNode[] {
    return this.#places.filter((node): node is SimNode => node?.process.isAlive === true);
  }

  /** One of those that run; undefined when none does. */
  pick(random: Random): SimNode | undefined {
    const { running } = this;
    return running[random.int(Math.max(1, running.length))];
  }

  start(place: number): void {
    if (this.#isOver || this.#places[place]?.process.isAlive === true) return;
    const { random, build } = this.#options;
    const births = (this.#births[place] ?? 0) + 1;
    this.#births[place] = births;
    const name = `n${place + 1}.${births}`;
    const behaviors = build(place);
    this.#builds[place] = behaviors;
    const node = new SimNode({
      ...this.#options,
      name,
      random: random.fork(name),
      behaviors,
    });
    this.#places[place] = node;
    this.#tell(node, 'starts');
    // A start that cannot reach the bus is tried again by whoever runs the process.
    void node.start().catch(() => this.#again(node, 'could not start'));
  }

  /** Begins all places, but for those that are held back. */
  begin(): void {
    for (let place = 0; place < this.size; place += 1) {
      const waitMs = this.#held.get(place);
      if (waitMs === undefined) this.start(place);
      else this.#clock.setTimer(waitMs, () => this.start(place));
    }
  }

  /** Before the beginning: a place that is started only after a while. */
  hold(place: number, waitMs: number): void {
    this.#held.set(place, waitMs);
  }

  /** Ends what runs in a place, so that it is started anew. */
  replace(place: number): void {
    const node = this.#places[place];
    if (node !== undefined) this.drain(node);
  }

  crash(node: SimNode): void {
    this.#again(node, 'crashes');
  }

  /** As SIGSTOP, or as a virtual machine that is suspended: then its monotonic clock stands still, too. */
  pause(node: SimNode, forMs: number, isSuspended: boolean): void {
    if (node.process.isPaused || !node.process.isAlive) return;
    this.#tell(node, `${isSuspended ? 'is suspended' : 'is paused'} for ${Math.round(forMs)} ms`);
    if (isSuspended) node.machine.freeze();
    node.process.pause();
    this.#clock.setTimer(forMs, () => this.#resume(node));
  }

  /** Gives everything up in good order, and comes back later. */
  drain(node: SimNode): void {
    if (node.isLeaving || node.process.isPaused) return;
    node.isLeaving = true;
    this.#tell(node, 'drains');
    void node.stop().then(() => this.#again(node, 'has drained'));
  }

  /** Everything runs, on the latest build, with good links and right clocks. Who drains still comes back at once when it has. */
  heal(): void {
    this.#isHealed = true;
    for (const [place, node] of this.#places.entries()) {
      if (node?.process.isAlive === true && this.#builds[place] !== this.#options.build(place)) {
        this.#tell(node, 'is upgraded');
        node.process.crash();
      }
      if (node?.process.isAlive !== true) this.start(place);
      else {
        this.#resume(node);
        Object.assign(node.busFaults, CLEAN_LINKS.bus);
        Object.assign(node.targetFaults, CLEAN_LINKS.target);
        node.machine.skewMs = 0;
        node.weight = 1;
      }
    }
  }

  /** All nodes stop in good order, and none comes back. */
  end(): void {
    this.#isOver = true;
    for (const node of this.running) void node.stop();
  }

  #again(node: SimNode, what: string): void {
    if (!node.process.isAlive) return;
    this.#tell(node, what);
    node.process.crash();
    const place = this.#places.indexOf(node);
    const waitMs = this.#isHealed ? 0 : -Math.log(1 - this.#random.next()) * RESTART_MEAN_MS;
    this.#clock.setTimer(waitMs, () => this.start(place));
  }

  #resume(node: SimNode): void {
    if (!node.process.isPaused) return;
    node.machine.thaw();
    this.#tell(node, 'goes on');
    node.process.resume();
  }

  #tell(node: SimNode, what: string): void {
    this.#hear({ kind: 'node', node: node.name, what });
  }
}
