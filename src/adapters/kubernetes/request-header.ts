/** Whom an extension API server may believe: what `kube-system/extension-apiserver-authentication` tells. */
import { X509Certificate } from 'node:crypto';
import type { Clock, TimerHandle } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { KubernetesClient } from './client.ts';
import { parseJson, textAt } from './json.ts';

export interface RequestHeaderAuthority {
  /** PEM of the authorities whose certificates speak for the API server. */
  readonly ca: string;
  /** Common names of theirs that may; none: all. */
  readonly names: readonly string[];
}

export const AUTHENTICATION_PATH = '/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication';
/** Authorities change seldom, and long before the old one ends. */
const EVERY_MS = 60_000;
const AFTER_FAILURE_MS = 5_000;

/** Reads it now and then; what was read last stands while the API server is away. */
export class RequestHeaderReader {
  readonly #client: Pick<KubernetesClient, 'send'>;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #listeners = new Set<() => void>();
  #current: RequestHeaderAuthority | undefined;
  #timer: TimerHandle | undefined;
  #isStopped = false;

  constructor(client: Pick<KubernetesClient, 'send'>, clock: Clock, log: Log) {
    this.#client = client;
    this.#clock = clock;
    this.#log = log;
  }

  get current(): RequestHeaderAuthority | undefined {
    return this.#current;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Resolves when it was read for the first time, or could not be. */
  async start(): Promise<void> {
    const isRead = await this.#look();
    if (!this.#isStopped) this.#timer = this.#clock.setTimer(isRead ? EVERY_MS : AFTER_FAILURE_MS, () => void this.start());
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  async #look(): Promise<boolean> {
    const read = await this.#client.send({ method: 'GET', path: AUTHENTICATION_PATH, intent: 'read' });
    const found = read.ok ? authorityOf(read.value) : read.error.message;
    if (typeof found === 'string') {
      const isKept = this.#current !== undefined;
      this.#log.warn({ reason: found, isKept }, 'whom an extension API server may believe cannot be read');
      return false;
    }
    if (JSON.stringify(found) === JSON.stringify(this.#current)) return true;
    this.#current = found;
    for (const listener of this.#listeners) listener();
    return true;
  }
}

/** What is wrong with it, as a text, otherwise. */
function authorityOf(configMap: unknown): RequestHeaderAuthority | string {
  const ca = textAt(configMap, 'data', 'requestheader-client-ca-file');
  if (ca === undefined) return 'requestheader-client-ca-file is missing: the API server was started without one';
  if (!isAuthority(ca)) return 'requestheader-client-ca-file is no certificate of an authority';
  const names = parseJson(textAt(configMap, 'data', 'requestheader-allowed-names') ?? '[]');
  if (!Array.isArray(names)) return 'requestheader-allowed-names is no list';
  return { ca, names: names.map(String) };
}

export function isAuthority(pem: string): boolean {
  try {
    return new X509Certificate(pem).ca;
  } catch {
    return false;
  }
}
