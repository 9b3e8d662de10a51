import { Arena } from './arena.ts';
import { restoreScalars, saveScalars } from './scalars.ts';

/** So many states are awake at once, whatever their number. */
const AWAKE_MAX = 64;

/** How a state is made of its buffer, and how large the buffer is. Shared by all states of a kind. */
export interface Plan<State extends object> {
  /** Makes the parts of the state; every array comes from the arena. */
  readonly build: (arena: Arena) => State;
  /** Numbers in ordinary fields, which lie at the start of the buffer while the state rests. */
  readonly scalars: number;
  /** Of the whole buffer. */
  readonly bytes: number;
}

export function planOf<State extends object>(build: (arena: Arena) => State): Plan<State> {
  const counted = new Arena();
  const scalars = saveScalars(build(counted));
  return { build, scalars, bytes: 8 * scalars + 8 * Math.ceil(counted.bytes / 8) };
}

/**
 * State that rests as one buffer of numbers. A series has some eighty arrays in some thirty objects, which take 11 KB beside its
 * numbers; a node has tens of thousands of series, of which one is at work. So objects and views exist only for those that were
 * last at work, and are made anew, in some microseconds, for one that is woken.
 */
export class Resting<State extends object> {
  private readonly plan: Plan<State>;
  private readonly buffer: ArrayBuffer;
  private state: State | undefined;

  /** @param numbers of `freeze`. @throws TypeError if they are not as many as the plan has. */
  constructor(plan: Plan<State>, numbers?: Uint8Array) {
    if (numbers !== undefined && numbers.byteLength !== plan.bytes)
      throw new TypeError(`frozen state has ${numbers.byteLength} bytes, wanted ${plan.bytes}`);
    this.plan = plan;
    this.buffer = new ArrayBuffer(plan.bytes);
    const bytes = new Uint8Array(this.buffer);
    if (numbers !== undefined) bytes.set(numbers);
    else {
      // The system gives a page when it is first written to: left to the windows as they fill, memory would grow for hours.
      bytes.fill(0);
      this.rise(true);
    }
  }

  get bytes(): number {
    return this.plan.bytes;
  }

  /** The state, to be used at once: what is kept of it is lost as soon as others are woken. */
  awake(): State {
    return this.state ?? this.rise(false);
  }

  /**
   * Work on the state that calls what is not ours, a model from outside, which may wake so many others that this one is laid down
   * in the middle: what the work did to it afterwards is kept, too.
   */
  change(work: (state: State) => void): void {
    const state = this.awake();
    work(state);
    if (this.state !== state) saveScalars(state, this.scalars());
  }

  /** A copy of all numbers. */
  freeze(): Uint8Array {
    this.save();
    return new Uint8Array(this.buffer.slice(0));
  }

  private rise(isNew: boolean): State {
    const { plan, buffer } = this;
    const state = plan.build(new Arena(buffer, isNew, 8 * plan.scalars));
    if (!isNew) restoreScalars(state, this.scalars());
    this.state = state;
    AWAKE[next]?.lieDown();
    AWAKE[next] = this;
    next = (next + 1) % AWAKE_MAX;
    return state;
  }

  private lieDown(): void {
    this.save();
    this.state = undefined;
  }

  private save(): void {
    if (this.state !== undefined) saveScalars(this.state, this.scalars());
  }

  private scalars(): Float64Array {
    return new Float64Array(this.buffer, 0, this.plan.scalars);
  }
}

/** Those awake, in the order in which they were woken; the one that was woken first has to make way. */
const AWAKE: Resting<object>[] = [];
let next = 0;
