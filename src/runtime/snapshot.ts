/** What is stored of an actor: its behavior's frozen state, and what the runtime itself must remember of it. */
import { Packr } from 'msgpackr';
import type { Behavior } from './behavior.ts';

/** Of the envelope. A change that old readers cannot skip raises it. */
const FORMAT = 1;

/** Records would need a table beside the bytes; without `moreTypes` typed arrays are corrupted. */
const packr = new Packr({ useRecords: false, moreTypes: true, copyBuffers: true });

export interface Envelope {
  /** Sequence of the last message that the actor sent. */
  readonly sequence: number;
  /** Time of its last step, epoch ms. */
  readonly lastStepMs: number;
  /** Version of the timer that it set last. */
  readonly timerVersion: number;
  /** Names and versions of its timers in turn. */
  readonly timers: readonly (string | number)[];
  /** As `Marks` freezes them. */
  readonly marks: readonly (string | number)[];
  readonly frozen: unknown;
}

export type Opened = { readonly ok: true; readonly envelope: Envelope } | { readonly ok: false; readonly reason: string };

export function sealSnapshot({ kind, version }: Behavior, envelope: Envelope): Uint8Array {
  const { sequence, lastStepMs, timerVersion, timers, marks, frozen } = envelope;
  return packr.pack([FORMAT, kind, version, sequence, lastStepMs, timerVersion, timers, marks, frozen]);
}

/** Opens a snapshot and brings its state to the behavior's version. Never throws: what cannot be read has a reason. */
export function openSnapshot(bytes: Uint8Array, behavior: Behavior): Opened {
  try {
    return readEnvelope(packr.unpack(bytes), behavior);
  } catch (error) {
    return { ok: false, reason: `the snapshot cannot be read: ${messageOf(error)}` };
  }
}

function readEnvelope(stored: unknown, behavior: Behavior): Opened {
  if (!Array.isArray(stored)) return { ok: false, reason: 'the snapshot is not an envelope' };
  const [format, kind, version, sequence, lastStepMs, timerVersion, timers, marks, frozen] = stored as readonly unknown[];
  if (format !== FORMAT) return { ok: false, reason: `the snapshot has format ${String(format)}; this build reads ${FORMAT}` };
  if (kind !== behavior.kind) return { ok: false, reason: `the snapshot is of kind ${String(kind)}, not ${behavior.kind}` };
  if (!areNumbers([version, sequence, lastStepMs, timerVersion]) || !Array.isArray(timers) || !Array.isArray(marks))
    return { ok: false, reason: 'the snapshot misses parts of its envelope' };
  const upcasted = upcast(frozen, Number(version), behavior);
  if (!upcasted.ok) return upcasted;
  return {
    ok: true,
    envelope: {
      sequence: Number(sequence),
      lastStepMs: Number(lastStepMs),
      timerVersion: Number(timerVersion),
      timers: timers as readonly (string | number)[],
      marks: marks as readonly (string | number)[],
      frozen: upcasted.frozen,
    },
  };
}

type Upcasted = { readonly ok: true; readonly frozen: unknown } | { readonly ok: false; readonly reason: string };

function upcast(stored: unknown, storedVersion: number, { kind, version, upcasters }: Behavior): Upcasted {
  if (storedVersion > version)
    return { ok: false, reason: `the snapshot has version ${storedVersion} of ${kind}, newer than ${version}, which this build reads` };
  let frozen = stored;
  for (let from = storedVersion; from < version; from++) {
    const next = upcasters[from];
    if (next === undefined) return { ok: false, reason: `nothing brings ${kind} from version ${from} to ${from + 1}` };
    frozen = next(frozen);
  }
  return { ok: true, frozen };
}

function areNumbers(values: readonly unknown[]): boolean {
  return values.every((value) => typeof value === 'number' && Number.isFinite(value));
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
