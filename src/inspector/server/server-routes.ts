import { Type } from 'typebox';
import { About } from '../api/about.ts';
import { openApiDocument } from '../api/openapi.ts';
import { ok, type Route } from '../../adapters/http/route.ts';
import type { Source } from '../source.ts';

export interface ServerRouteOptions {
  readonly source: Source;
  readonly version: string;
  readonly token: string | undefined;
}

/** What every inspector answers, whatever it shows. */
export function serverRoutes({ source, version, token }: ServerRouteOptions): Route[] {
  const routes: Route[] = [
    {
      method: 'GET',
      path: '/api/v1/about',
      summary: 'What this is',
      response: About,
      handle: () => ok({ ...source.about(), version, needsToken: token !== undefined }),
    },
    {
      method: 'GET',
      path: '/api/v1/openapi.json',
      summary: 'This document',
      response: Type.Unknown(),
      handle: () => ok(openApiDocument([...routes, ...source.routes], version)),
    },
  ];
  return routes;
}
