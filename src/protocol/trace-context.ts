/**
 * W3C Trace Context, version 00 (https://www.w3.org/TR/trace-context/): `00-<trace id>-<parent id>-<flags>`. Made from a
 * given source of randomness, so that a simulation gives the same ids again.
 */
export interface TraceContext {
  /** 32 lower-case hex digits, not all zero. The same the whole way. */
  readonly traceId: string;
  /** 16 lower-case hex digits, not all zero. New at every step. */
  readonly parentId: string;
  readonly sampled: boolean;
}

/** Uniform in [0, 1); the `next` of the Random port. */
export type NextRandom = () => number;

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** undefined where the text is not a valid traceparent: a trace is then begun anew, as the specification says. */
export function parseTraceparent(traceparent: string): TraceContext | undefined {
  const match = TRACEPARENT.exec(traceparent);
  if (match === null) return undefined;
  const [, version, traceId = '', parentId = '', flags = ''] = match;
  if (version !== '00' || isZero(traceId) || isZero(parentId)) return undefined;
  return { traceId, parentId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

/** As the header `traceparent` has it. */
export function formatTraceparent({ traceId, parentId, sampled }: TraceContext): string {
  return `00-${traceId}-${parentId}-${sampled ? '01' : '00'}`;
}

/** Begins a trace. */
export function startTraceparent(next: NextRandom, sampled = true): string {
  return formatTraceparent({ traceId: randomHex(next, 32), parentId: randomHex(next, 16), sampled });
}

/** The next step of a trace: the same trace id, a new parent id. Begins one where `traceparent` is missing or invalid. */
export function childTraceparent(traceparent: string | undefined, next: NextRandom): string {
  const context = traceparent === undefined ? undefined : parseTraceparent(traceparent);
  if (context === undefined) return startTraceparent(next);
  return formatTraceparent({ ...context, parentId: randomHex(next, 16) });
}

function randomHex(next: NextRandom, digits: number): string {
  let hex = '';
  for (let length = 0; length < digits; length += 4)
    hex += Math.floor(next() * 0x1_0000)
      .toString(16)
      .padStart(4, '0');
  // All zero means "no trace" in the specification.
  return isZero(hex) ? `${'0'.repeat(digits - 1)}1` : hex;
}

function isZero(hex: string): boolean {
  return /^0+$/.test(hex);
}
