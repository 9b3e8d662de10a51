import type { Happening } from './happening.ts';
import type { Invariant, InvariantKind, Watch } from './invariants/invariant.ts';
import { INVARIANTS } from './invariants/index.ts';
import type { World } from './world.ts';

/** The first thing that must never be, and was. */
export interface Violation {
  /** Of the invariant. */
  readonly id: string;
  readonly sentence: string;
  readonly atMs: number;
}

interface Judge {
  readonly kind: InvariantKind;
  readonly watch: Watch;
  invariant: Invariant;
}

/** All invariants over one run. The first violation stands; what follows from it is not looked at. */
export class Judges {
  readonly #world: World;
  readonly #judges: readonly Judge[];
  #violation: Violation | undefined;

  constructor(world: World) {
    this.#world = world;
    this.#judges = INVARIANTS.map((kind) => {
      const watch = this.#watchFor(kind);
      return { kind, watch, invariant: kind.watch(watch) };
    });
  }

  get violation(): Violation | undefined {
    return this.#violation;
  }

  hear(happening: Happening): void {
    if (this.#violation !== undefined) return;
    for (const judge of this.#judges) {
      if (happening.kind === 'recovered' && judge.kind.mirrorsBus) this.#renew(judge, happening.kept);
      else judge.invariant.hear?.(happening);
    }
  }

  async at(moment: 'recovered' | 'settled' | 'ended'): Promise<void> {
    for (const { invariant } of this.#judges) if (this.#violation === undefined) await invariant[moment]?.();
  }

  /** For what no invariant says: the simulation itself cannot go on. */
  fail(id: string, sentence: string): void {
    this.#violation ??= { id, sentence, atMs: this.#world.clock.nowMs() };
  }

  #watchFor({ id }: InvariantKind): Watch {
    return { world: this.#world, nowMs: () => this.#world.clock.nowMs(), fail: (sentence) => this.fail(id, sentence) };
  }

  #renew(judge: Judge, kept: readonly Happening[]): void {
    judge.invariant = judge.kind.watch(judge.watch);
    for (const happening of kept) judge.invariant.hear?.(happening);
  }
}
