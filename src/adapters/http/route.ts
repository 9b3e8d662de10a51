import type { TSchema } from 'typebox';
import type { Failure } from './failure.ts';

/** One request of the API: what it takes and gives, for the program and for its description. */
export interface Route {
  readonly method: 'GET' | 'POST';
  /** Parameters in braces: `/api/v1/pools/{pool}`. */
  readonly path: string;
  readonly summary: string;
  /** Query parameters: an object of strings. */
  readonly query?: TSchema;
  readonly body?: TSchema;
  readonly response: TSchema;
  /** Changes something: only when acting is enabled. */
  readonly isWrite?: boolean;
  handle(request: ApiRequest): Promise<Answer> | Answer;
}

export interface ApiRequest {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  /** Checked against the route's schema. */
  readonly body: unknown;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export function ok(body: unknown): Answer {
  return { status: 200, body };
}

export function failure(status: number, code: string, message: string, hint?: string): Answer {
  const body: Failure = { error: { code, message, ...(hint === undefined ? {} : { hint }) } };
  return { status, body };
}

export interface MatchedRoute {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

/** The route of a path; `wrong-method` when only the method differs. */
export function matchRoute(routes: readonly Route[], method: string, path: string): MatchedRoute | 'unknown' | 'wrong-method' {
  let isKnown = false;
  for (const route of routes) {
    const params = matchPath(route.path, path);
    if (params === undefined) continue;
    isKnown = true;
    if (route.method === method) return { route, params };
  }
  return isKnown ? 'wrong-method' : 'unknown';
}

function matchPath(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split('/');
  const found = path.split('/');
  if (wanted.length !== found.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const given = found[index] ?? '';
    if (part.startsWith('{')) {
      const value = decoded(given);
      if (value === undefined) return undefined;
      params[part.slice(1, -1)] = value;
    } else if (part !== given) return undefined;
  }
  return params;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
