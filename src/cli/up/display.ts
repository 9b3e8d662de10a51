import type { Notice, PoolView } from './view.ts';

/** How a session is shown: as a panel, as plain lines or as JSON. */
export interface Display {
  started(facts: StartFacts): void;
  /** Once a second. */
  tick(pools: readonly PoolView[], nowMs: number): void;
  notice(view: PoolView, notice: Notice, nowMs: number): void;
  /** A line of the log, when the log is shown. */
  log(line: string): void;
  stopping(why: string): void;
  stopped(facts: StopFacts): void;
}

export interface StartFacts {
  readonly node: string;
  readonly nowMs: number;
  readonly isDemo: boolean;
  /** Address of the inspector's page; absent: there is none. */
  readonly page?: string;
  readonly pools: readonly PoolView[];
}

export interface StopFacts {
  readonly why: string;
  readonly nowMs: number;
  readonly ranForMs: number;
  readonly pools: readonly PoolView[];
}
