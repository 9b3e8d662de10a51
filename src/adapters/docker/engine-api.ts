import { Agent } from 'undici';
import type { Clock } from '../../ports/clock.ts';
import { targetError } from '../../ports/target.ts';
import { exchange, type ExchangeRequest } from '../http/exchange.ts';
import { failedExchange, failedStatus, type Failed, type Intent } from '../http/target-failure.ts';
import type { ContainerSize, EngineAddress } from './settings.ts';

export type Told<T> = { readonly ok: true; readonly value: T } | Failed;

/** The dozen calls of the Docker Engine API that scaling needs, which Podman serves, too. */
export interface EngineApi {
  /** Containers with a label, whatever their state. Rows are not checked. */
  list(label: string): Promise<Told<readonly unknown[]>>;
  /** The id; `conflict` when the name is taken. */
  create(name: string, body: object): Promise<Told<string>>;
  start(id: string): Promise<Told<undefined>>;
  /** SIGTERM, and SIGKILL `graceMs` later. Resolves when it is gone. */
  stop(id: string, graceMs: number): Promise<Told<undefined>>;
  /** With force: whatever it does. Well when it is gone already. */
  remove(id: string): Promise<Told<undefined>>;
  /** While it runs. */
  resize(id: string, size: ContainerSize): Promise<Told<undefined>>;
  close(): Promise<void>;
}

/** Oldest version that has what is used; Docker 20.10 and Podman 4 answer it. */
const VERSION = '/v1.41';
/** Podman has its own call for a resize, and the one of Docker only since version 5. */
const PODMAN_VERSION = '/v4.0.0/libpod';
const ANSWER_BYTES_MAX = 16 * 1024 * 1024;
const CPU_PERIOD_US = 100_000;

export function createEngineApi(address: EngineAddress, timeoutMs: number, clock: Clock): EngineApi {
  const isSocket = 'path' in address;
  const connect = isSocket ? { socketPath: address.path, timeout: timeoutMs } : { timeout: timeoutMs };
  const agent = new Agent({ connections: 16, connect });
  const origin = isSocket ? 'http://localhost' : `http://${address.host}:${address.port}`;
  const who = `container engine at ${isSocket ? address.path : `${address.host}:${address.port}`}`;

  const call = async (
    method: ExchangeRequest['method'],
    path: string,
    intent: Intent,
    { body, waitMs = 0 }: { readonly body?: object; readonly waitMs?: number } = {},
  ): Promise<Told<string>> => {
    const ended = await exchange(agent, clock, {
      method,
      url: new URL(origin + path),
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      timeoutMs: timeoutMs + waitMs,
      bytesMax: ANSWER_BYTES_MAX,
    });
    if (ended.kind !== 'answer') return failedExchange(ended, intent, who);
    // 304: it is in that state already.
    if ((ended.status >= 200 && ended.status < 300) || ended.status === 304) return { ok: true, value: ended.text };
    const reason = reasonOf(ended.text);
    // Podman 4 says 500 where Docker says 409.
    if (/is already in use/.test(reason)) return targetError('conflict', `${who}: ${reason}`);
    return failedStatus(ended, intent, who, reason);
  };
  const done = (told: Told<string>): Told<undefined> => (told.ok ? { ok: true, value: undefined } : told);

  return {
    async list(label) {
      const filters = encodeURIComponent(JSON.stringify({ label: [label] }));
      const told = await call('GET', `${VERSION}/containers/json?all=true&filters=${filters}`, 'read');
      if (!told.ok) return told;
      const rows = parse(told.value);
      return Array.isArray(rows) ? { ok: true, value: rows } : targetError('broken-answer', `${who}: the answer is no list`);
    },
    async create(name, body) {
      const told = await call('POST', `${VERSION}/containers/create?name=${encodeURIComponent(name)}`, 'write', { body });
      if (!told.ok) return told;
      const made = parse(told.value);
      const id = typeof made === 'object' && made !== null && 'Id' in made ? made.Id : undefined;
      return typeof id === 'string' ? { ok: true, value: id } : targetError('unknown-outcome', `${who}: made ${name} and tells no id`);
    },
    start: async (id) => done(await call('POST', `${VERSION}/containers/${id}/start`, 'write')),
    async stop(id, graceMs) {
      const seconds = Math.ceil(graceMs / 1_000);
      return done(await call('POST', `${VERSION}/containers/${id}/stop?t=${seconds}`, 'write', { waitMs: seconds * 1_000 }));
    },
    async remove(id) {
      const told = await call('DELETE', `${VERSION}/containers/${id}?force=true&v=true`, 'write');
      return !told.ok && told.error.code === 'not-found' ? { ok: true, value: undefined } : done(told);
    },
    async resize(id, size) {
      const told = await call('POST', `${VERSION}/containers/${id}/update`, 'write', { body: dockerSize(size) });
      if (told.ok || told.error.code !== 'not-found') return done(told);
      return done(await call('POST', `${PODMAN_VERSION}/containers/${id}/update`, 'write', { body: podmanSize(size) }));
    },
    close: () => agent.destroy(),
  };
}

/** Limits as a HostConfig or an update has them. Swap as much again, as both engines set it by themselves at the creation. */
export function dockerSize({ cpus, memoryBytes }: ContainerSize): object {
  return {
    ...(cpus === undefined ? {} : { NanoCpus: Math.round(cpus * 1e9) }),
    ...(memoryBytes === undefined ? {} : { Memory: memoryBytes, MemorySwap: 2 * memoryBytes }),
  };
}

function podmanSize({ cpus, memoryBytes }: ContainerSize): object {
  return {
    ...(cpus === undefined ? {} : { cpu: { quota: Math.round(cpus * CPU_PERIOD_US), period: CPU_PERIOD_US } }),
    ...(memoryBytes === undefined ? {} : { memory: { limit: memoryBytes, swap: 2 * memoryBytes } }),
  };
}

function reasonOf(text: string): string {
  const told = parse(text);
  const message = typeof told === 'object' && told !== null && 'message' in told ? told.message : undefined;
  return typeof message === 'string' ? message : text.trim();
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
