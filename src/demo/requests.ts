import type { Random } from '../ports/random.ts';

/** The kinds of requests that the demo's service answers, and how they differ. */
export const REQUEST_TYPES = [
  { name: 'browse', method: 'GET', share: 0.6, work: 0.6 },
  { name: 'search', method: 'GET', share: 0.3, work: 1.4 },
  { name: 'checkout', method: 'POST', share: 0.1, work: 2.2 },
] as const satisfies readonly RequestType[];

export interface RequestType {
  /** Also its path. */
  readonly name: string;
  readonly method: 'GET' | 'POST';
  /** Share of all requests; they sum to 1. */
  readonly share: number;
  /** Time it takes relative to the mean over all requests, which is 1. */
  readonly work: number;
}

/** Different callers. */
const SOURCES = 24;

export interface PlannedRequest {
  readonly type: RequestType;
  readonly source: string;
}

/** Draws a request: its type by its share, its source so that a few callers make most requests. */
export function drawRequest(random: Random): PlannedRequest {
  return { type: drawType(random), source: `customer-${Math.floor(SOURCES * random.next() ** 2) + 1}` };
}

function drawType(random: Random): RequestType {
  let left = random.next();
  for (const type of REQUEST_TYPES) {
    left -= type.share;
    if (left < 0) return type;
  }
  return REQUEST_TYPES[0];
}
