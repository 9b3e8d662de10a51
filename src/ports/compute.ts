import type { NetworkReader } from '../models/network/reader.ts';
import type { CellKind } from '../models/network/spec.ts';
import type { NetworkTask } from '../models/network/task.ts';
import type { TrainingJob, TrainingResult } from '../protocol/training.ts';

/** What is too slow for a step of an actor, and the network's answers, which are not. */
export interface Compute {
  /** Fits the models of one analyzer's series. Never rejects for a job that cannot be done: the result says so. */
  train(job: TrainingJob, signal?: AbortSignal): Promise<TrainingResult>;
  /** Trains the network that analyzers share. Never rejects either. */
  learn(job: NetworkJob, signal?: AbortSignal): Promise<NetworkResult>;
  /**
   * A packed network, ready to answer within a step: synchronous, and the same bits on every machine whatever engine trains.
   * The same text gives the same reader as long as it is in use.
   * @returns what is wrong with it, if anything is.
   */
  open(packed: string): NetworkReader | readonly string[];
  /** Fails what is waiting and stops. */
  close(): Promise<void>;
}

/** Who trains the network: our SIMD kernel, its plain twin, or TensorFlow where it is installed. */
export const NETWORK_ENGINES = ['kernel', 'twin', 'tensorflow'] as const;
export type NetworkEngineName = (typeof NETWORK_ENGINES)[number];

/** Data only: the effect that asks for it is stored. */
export interface NetworkJob {
  readonly task: NetworkTask;
  readonly cell: CellKind;
  /** Width of the state: a multiple of 4 from 4 to 128. */
  readonly units: number;
  /** Intervals that the network reads, 8 to 512. */
  readonly steps: number;
  /** Windows that are learned from, at most. */
  readonly windowsMax: number;
  readonly epochsMax: number;
  /** Decides the order of the windows, and what a first network begins with. */
  readonly seed: number;
  /** Values as `packValues` packs them. */
  readonly series: readonly { readonly startMs: number; readonly values: string }[];
  /** A packed network to go on from; null: from the start. */
  readonly start: string | null;
}

export type NetworkResult =
  | {
      readonly ok: true;
      /** The packed network. */
      readonly network: string;
      readonly windows: number;
      readonly epochs: number;
      /** Mean pinball loss on windows held out, before and after, in units of their scale. */
      readonly lossBefore: number;
      readonly lossAfter: number;
      readonly durationMs: number;
    }
  | { readonly ok: false; readonly error: string; readonly durationMs: number };

/** What the actor that trains asks its executor for: a job whose first parameters are named by their hash. */
export type LessonOrder = Omit<NetworkJob, 'start'> & { readonly startHash: string | null };

/** What it hears: which network, not the network itself. */
export interface LessonNews {
  readonly hash: string;
  readonly windows: number;
  readonly epochs: number;
  readonly lossBefore: number;
  readonly lossAfter: number;
  readonly durationMs: number;
}
