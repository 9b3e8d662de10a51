/**
 * A fake Kubernetes API server over real HTTP: what the real ones were seen to answer, as far as scaling needs it, with
 * watches, ownership of fields, rights, and faults on demand. No kubelet: the workload controller plays pods.
 */
import { createServer as createHttp, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttps, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Clock } from '../../src/ports/clock.ts';
import { isAllowed, type User } from './access-rules.ts';
import { forbidden, notFound, refusal, type ApiAnswer } from './answers.ts';
import { ObjectStore } from './object-store.ts';
import { KINDS, parseObjectPath, type Kind, type KubeObject, type ObjectPath } from './objects.ts';
import { answerPodMetrics, type MeasuredPods } from './pod-metrics.ts';
import { change, read } from './verbs.ts';
import { serveWatch } from './watch.ts';

/** What happens to a request instead of, or after, what it asks for. `after`: it takes effect first. */
export interface ApiFault {
  readonly when: 'before' | 'after';
  readonly with: 'cut' | 'hang' | 'truncate' | ApiAnswer;
}

export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly isWatch: boolean;
}

export interface ApiServerOptions {
  readonly clock: Clock;
  /** Users by bearer token, and by the common name of a client certificate. */
  readonly tokens?: ReadonlyMap<string, User>;
  readonly certificates?: ReadonlyMap<string, User>;
  /** Plain HTTP without it. */
  readonly tls?: Pick<ServerOptions, 'key' | 'cert' | 'ca'>;
}

export class ApiServer {
  readonly store = new ObjectStore();
  /** Everything that was asked, in order. */
  readonly requests: ApiRequest[] = [];
  /** False: as a server before 1.33. */
  hasResize = true;
  /** False: a cluster whose autoscaler brought no CapacityBuffer. */
  hasBuffers = true;
  /** What the metrics API tells; undefined: the cluster has none. */
  measuredPods: MeasuredPods;
  /** Decides about each request. */
  interfere: (request: ApiRequest) => ApiFault | undefined = () => undefined;
  readonly #options: ApiServerOptions;
  readonly #server: ReturnType<typeof createHttp>;
  readonly #watches = new Set<() => void>();

  constructor(options: ApiServerOptions) {
    this.#options = options;
    const handle = (request: IncomingMessage, response: ServerResponse): void => void this.#serve(request, response);
    this.#server =
      options.tls === undefined
        ? createHttp(handle)
        : createHttps({ ...options.tls, requestCert: true, rejectUnauthorized: false }, handle);
  }

  async listen(): Promise<URL> {
    await new Promise<void>((resolve) => void this.#server.listen(0, '127.0.0.1', resolve));
    const { port } = this.#server.address() as AddressInfo;
    return new URL(`${this.#options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`);
  }

  async close(): Promise<void> {
    this.endWatches();
    this.#server.closeAllConnections();
    await new Promise((resolve) => void this.#server.close(resolve));
  }

  /** Ends all watches, as a server that restarts does. */
  endWatches(): void {
    for (const end of this.#watches) end();
  }

  /** Stores an object as an administrator would create it. */
  create(
    object: Pick<KubeObject, 'apiVersion' | 'kind' | 'spec'> & { metadata: { name: string } & Partial<KubeObject['metadata']> },
  ): KubeObject {
    const kind = KINDS.find((one) => one.kind === object.kind);
    if (kind === undefined) throw new Error(`no kind ${object.kind}`);
    const uid = `uid-${this.store.version}`;
    const base = { namespace: 'default', uid, resourceVersion: '', generation: 0, creationTimestamp: '2026-01-01T00:00:00Z' };
    return this.store.put(kind, { ...structuredClone(object), metadata: { ...base, ...object.metadata }, status: {} });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://api');
    const asked = { method: request.method ?? 'GET', path: url.pathname, isWatch: url.searchParams.has('watch') };
    this.requests.push(asked);
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const fault = this.interfere(asked);
    if (fault?.when === 'before') return misbehave(response, fault);
    const user = this.#userOf(request);
    if (user === undefined) return send(response, refusal(401, 'Unauthorized', 'Unauthorized'));
    const metrics = answerPodMetrics(this.store, this.measuredPods, user, url, asked.method);
    if (metrics !== undefined) return fault === undefined ? send(response, metrics) : misbehave(response, fault, metrics);
    const path = parseObjectPath(url.pathname);
    if (asked.isWatch && path !== undefined && path.name === undefined && isAllowed(user, 'watch', path.kind, undefined)) {
      serveWatch(this.store, path, url.searchParams, response, this.#options.clock, this.#watches);
      return;
    }
    const answer = path === undefined ? this.#other(asked, user, text) : this.#onObject(request, url, path, user, text);
    if (fault === undefined) send(response, answer);
    else misbehave(response, fault, answer);
  }

  #userOf(request: IncomingMessage): User | undefined {
    const { tokens, certificates } = this.#options;
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    if (token !== undefined) return tokens?.get(token);
    const socket = request.socket as TLSSocket;
    if (!('authorized' in socket) || !socket.authorized) return undefined;
    const name = socket.getPeerCertificate().subject.CN;
    return certificates?.get((Array.isArray(name) ? name[0] : name) ?? '');
  }

  #onObject(request: IncomingMessage, url: URL, path: ObjectPath, user: User, text: string): ApiAnswer {
    const { kind, namespace, name, subresource } = path;
    const verb = verbOf(request.method ?? 'GET', name);
    const resource = subresource === undefined ? kind.plural : `${kind.plural}/${subresource}`;
    if (!isAllowed(user, verb, kind, subresource)) return forbidden(kind, name ?? '', user.name, verb, resource, namespace);
    if (name === undefined) return list(this.store, path, url.searchParams);
    if (subresource === 'scale' && !kind.hasScale) return notFound(kind, name);
    if (subresource === 'status' && kind.hasStatus !== true) return notFound(kind, name);
    if (subresource === 'resize' && !this.hasResize) return refusal(404, 'NotFound', 'the server could not find the requested resource');
    const named = { ...path, name };
    if (verb === 'get') return read(this.store, named);
    if (verb === 'delete') {
      const gone = this.store.delete(kind, namespace, name);
      return gone === undefined ? notFound(kind, name) : { status: 200, body: { ...gone } };
    }
    const contentType = request.headers['content-type'] ?? '';
    const agent = (request.headers['user-agent'] ?? 'unknown').split('/', 1)[0] ?? 'unknown';
    const isApply = contentType.includes('apply-patch');
    return change(this.store, {
      path: named,
      contentType,
      body: JSON.parse(text) as unknown,
      manager: url.searchParams.get('fieldManager') ?? (isApply ? '' : agent),
      force: url.searchParams.get('force') === 'true',
      dryRun: url.searchParams.has('dryRun'),
    });
  }

  #other({ method, path }: ApiRequest, user: User, text: string): ApiAnswer {
    if (path === '/readyz') return { status: 200, body: { ok: true } };
    if (method === 'POST' && path === '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews') return review(user, JSON.parse(text));
    const inGroup = KINDS.find(({ group }) => group !== '' && path === `/apis/${group}`);
    if (inGroup !== undefined && (this.hasBuffers || inGroup.kind !== 'CapacityBuffer')) return { status: 200, body: groupOf(inGroup) };
    const found = /^\/(?:api|apis\/(?<group>[^/]+))\/(?<version>[^/]+)$/.exec(path)?.groups;
    const kinds = KINDS.filter(({ group, version }) => group === (found?.['group'] ?? '') && version === found?.['version']);
    if (kinds.length === 0) return refusal(404, 'NotFound', 'the server could not find the requested resource');
    const resources = kinds.flatMap(({ plural, kind, hasScale }) => [
      { name: plural, kind, namespaced: true },
      ...(hasScale ? [{ name: `${plural}/scale`, kind: 'Scale', namespaced: true }] : []),
    ]);
    return { status: 200, body: { kind: 'APIResourceList', resources } };
  }
}

function groupOf({ group, version }: Kind): ApiAnswer['body'] {
  const preferredVersion = { groupVersion: `${group}/${version}`, version };
  return { kind: 'APIGroup', apiVersion: 'v1', name: group, versions: [preferredVersion], preferredVersion };
}

function verbOf(method: string, name: string | undefined): string {
  if (method === 'GET') return name === undefined ? 'list' : 'get';
  return { PATCH: 'patch', PUT: 'update', DELETE: 'delete', POST: 'create' }[method] ?? 'get';
}

function list(store: ObjectStore, { kind, namespace }: ObjectPath, query: URLSearchParams): ApiAnswer {
  const wanted = (query.get('labelSelector') ?? '').split(',').filter((part) => part !== '');
  const all = store.list(kind, namespace).filter(({ metadata }) =>
    wanted.every((part) => {
      const [key = '', value = ''] = part.split('=');
      return metadata.labels?.[key] === value;
    }),
  );
  const from = Number(query.get('continue') ?? 0);
  const until = from + Number(query.get('limit') ?? all.length);
  const next = until < all.length ? { continue: String(until), remainingItemCount: all.length - until } : {};
  const metadata = { resourceVersion: String(store.version), ...next };
  return { status: 200, body: { kind: `${kind.kind}List`, apiVersion: 'v1', metadata, items: all.slice(from, until) } };
}

function review(user: User, body: unknown): ApiAnswer {
  const spec = (body as { spec: { resourceAttributes: { verb: string; resource: string; subresource?: string } } }).spec;
  const { verb, resource, subresource } = spec.resourceAttributes;
  const allowed = isAllowed(user, verb, { plural: resource }, subresource);
  return { status: 201, body: { kind: 'SelfSubjectAccessReview', spec, status: { allowed } } };
}

function send(response: ServerResponse, { status, body, headers }: ApiAnswer): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

export function misbehave(response: ServerResponse, fault: ApiFault, answer?: ApiAnswer): void {
  if (fault.with === 'cut') response.destroy();
  else if (fault.with === 'truncate') {
    const text = JSON.stringify(answer?.body ?? { kind: 'Deployment' });
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': String(text.length) });
    response.write(text.slice(0, text.length / 2), () => response.destroy());
  } else if (fault.with !== 'hang') send(response, fault.with);
}
