/** Something that people know of beforehand and that multiplies the load: a sale, a payday, a holiday, a closing. */
export interface KnownEvent {
  /** Occurrences of one name teach one factor. */
  readonly name: string;
  /** What the load is multiplied by at its fullest, at least 0; 1 until something else has been learned. */
  readonly factor: number;
  readonly shape: EventShape;
  /** Half-life with which it fades after its end, milliseconds; 0: at once. */
  readonly decayMs: number;
  readonly when: Spans | Repeated;
}

/**
 * How full an event is while it lasts. `step`: full from start to end. `ramp`: rises evenly to the end. `pulse`: full at the start,
 * falls evenly to nothing at the end. `bell`: rises and falls.
 */
export const EVENT_SHAPES = ['step', 'ramp', 'pulse', 'bell'] as const;
export type EventShape = (typeof EVENT_SHAPES)[number];

/** One occurrence; `endMs` is not part of it. */
export interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

/** Single occurrences, ascending. */
export interface Spans {
  readonly kind: 'spans';
  readonly spans: readonly Span[];
}

/** The same local time again and again; what falls on a day that a month does not have falls on its last one. */
export interface Repeated {
  readonly kind: 'repeated';
  readonly every: Repeat;
  /** First occurrence, epoch ms. */
  readonly firstMs: number;
  readonly lastsMs: number;
  /** IANA time zone in which the hour of the day stays the same. */
  readonly timeZone: string;
}

export const REPEATS = ['day', 'week', 'month', 'year'] as const;
export type Repeat = (typeof REPEATS)[number];

/** At most so many events a pool. */
export const EVENTS_MAX = 64;

/** What is left of an event after its end is forgotten under this share. */
const FADED = 0.01;

/** How full an event is at a time, 0 to 1, of an occurrence. */
export function fullnessOf({ shape, decayMs }: KnownEvent, { startMs, endMs }: Span, timeMs: number): number {
  if (timeMs < startMs) return 0;
  if (timeMs < endMs) return fullnessAt(shape, (timeMs - startMs) / (endMs - startMs));
  if (decayMs === 0) return 0;
  const left = fullnessAt(shape, 1) * 0.5 ** ((timeMs - endMs) / decayMs);
  return left < FADED ? 0 : left;
}

/** How long after its end an occurrence still counts. */
export const fadingMs = ({ decayMs }: KnownEvent): number => Math.ceil(decayMs * Math.log2(1 / FADED));

function fullnessAt(shape: EventShape, progress: number): number {
  if (shape === 'step') return 1;
  if (shape === 'ramp') return progress;
  if (shape === 'pulse') return 1 - progress;
  return Math.sin(Math.PI * progress) ** 2;
}
