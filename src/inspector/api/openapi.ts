import type { TSchema } from 'typebox';
import { Failure } from '../../adapters/http/failure.ts';
import type { Route } from '../../adapters/http/route.ts';

/** The OpenAPI 3.1 document of the routes. Its schemas are the ones that requests are checked against. */
export function openApiDocument(routes: readonly Route[], version: string): Readonly<Record<string, unknown>> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationOf(route) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Forescale inspector', version, description: 'What a node knows of its pools, actors and decisions.' },
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'Only where a token is set' },
      },
    },
    security: [{}, { token: [] }],
    paths,
  };
}

function operationOf({ path, summary, query, body, response, isWrite }: Route): Record<string, unknown> {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({ name, in: 'path', required: true, schema: { type: 'string' } }));
  const described = isWrite === true ? { description: 'Only when acting is enabled. Needs the header `x-forescale: act`.' } : {};
  return {
    summary,
    ...described,
    parameters: [...inPath, ...queryParameters(query)],
    ...(body === undefined ? {} : { requestBody: { required: true, content: jsonContent(body) } }),
    responses: {
      200: { description: 'Done', content: jsonContent(response) },
      default: { description: 'What is wrong, and what to do about it', content: jsonContent(Failure) },
    },
  };
}

function queryParameters(query: TSchema | undefined): object[] {
  const schema: { readonly properties?: Readonly<Record<string, TSchema>>; readonly required?: readonly string[] } | undefined = query;
  return Object.entries(schema?.properties ?? {}).map(([name, one]) => ({
    name,
    in: 'query',
    required: schema?.required?.includes(name) === true,
    schema: one,
  }));
}

function jsonContent(schema: TSchema): object {
  return { 'application/json': { schema: JSON.parse(JSON.stringify(schema)) as object } };
}
