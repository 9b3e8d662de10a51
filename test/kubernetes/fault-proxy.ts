/** Stands before a real API server, so that its answers can be lost, cut and changed; and counts what took effect. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Agent } from 'undici';
import type { Connection } from '../../src/adapters/kubernetes/connection.ts';
import { listAt, textAt, at, parseJson } from '../../src/adapters/kubernetes/json.ts';
import { misbehave, type ApiFault, type ApiRequest } from '../../sim/kubernetes/api-server.ts';

export interface FaultProxy {
  readonly url: URL;
  interfere: (request: ApiRequest) => ApiFault | undefined;
  /** Counts of JSON patches that the server took, oldest first. */
  readonly effects: number[];
  close(): Promise<void>;
}

export async function startFaultProxy(connection: Connection): Promise<FaultProxy> {
  const { clientCertificate = '', clientKey = '' } = await connection.credentials.current();
  const connect = { ...(connection.ca === undefined ? {} : { ca: connection.ca }), cert: clientCertificate, key: clientKey };
  const agent = new Agent({ connect, headersTimeout: 0, bodyTimeout: 0 });
  const effects: number[] = [];

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', connection.server);
    const asked = { method: request.method ?? 'GET', path: url.pathname, isWatch: url.searchParams.has('watch') };
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const fault = proxy.interfere(asked);
    if (fault?.when === 'before') return misbehave(response, fault);
    const type = request.headers['content-type'];
    const { statusCode, headers, body } = await agent.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method: asked.method,
      headers: {
        accept: 'application/json',
        'user-agent': request.headers['user-agent'] ?? '',
        ...(type === undefined ? {} : { 'content-type': type }),
      },
      ...(text === '' ? {} : { body: text }),
    });
    if (asked.method === 'PATCH' && statusCode === 200) noteEffect(effects, text);
    if (fault === undefined) {
      response.writeHead(statusCode, { 'content-type': String(headers['content-type'] ?? 'application/json') });
      response.flushHeaders();
      for await (const chunk of body) response.write(chunk);
      response.end();
      return;
    }
    misbehave(response, fault, { status: statusCode, body: parseJson(await body.text()) as Record<string, unknown> });
  };
  const server = createServer((request, response) => void serve(request, response).catch(() => response.destroy()));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const proxy: FaultProxy = {
    url: new URL(`http://127.0.0.1:${port}`),
    interfere: () => undefined,
    effects,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => void server.close(resolve));
      await agent.destroy();
    },
  };
  return proxy;
}

function noteEffect(effects: number[], text: string): void {
  const set = listAt({ steps: parseJson(text) }, 'steps').find(
    (step) => textAt(step, 'op') === 'replace' && (textAt(step, 'path') ?? '').endsWith('eplicas'),
  );
  const value = at(set, 'value');
  if (typeof value === 'number') effects.push(value);
}
