import { qualifiedName, type Kind, type KubeObject } from './objects.ts';

export interface StoreEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly kind: Kind;
  readonly object: KubeObject;
  readonly version: number;
}

/** Objects under one rising version, with what happened lately, as etcd has it. Objects are values: never changed in place. */
export class ObjectStore {
  readonly #objects = new Map<string, { readonly kind: Kind; readonly object: KubeObject }>();
  readonly #listeners = new Set<(event: StoreEvent) => void>();
  #events: StoreEvent[] = [];
  #version = 100;
  #oldest = 100;

  get version(): number {
    return this.#version;
  }

  get(kind: Kind, namespace: string, name: string): KubeObject | undefined {
    return this.#objects.get(keyOf(kind, namespace, name))?.object;
  }

  list(kind: Kind, namespace: string): KubeObject[] {
    return [...this.#objects.values()]
      .filter((entry) => entry.kind === kind && entry.object.metadata.namespace === namespace)
      .map(({ object }) => object);
  }

  /** Everything of one kind, in all namespaces. */
  all(kind: Kind): KubeObject[] {
    return [...this.#objects.values()].filter((entry) => entry.kind === kind).map(({ object }) => object);
  }

  /** Stores a new state with the next version, unless nothing changed. A change of the spec raises its generation. */
  put(kind: Kind, object: KubeObject): KubeObject {
    const { namespace, name } = object.metadata;
    const before = this.get(kind, namespace, name);
    if (before !== undefined && same({ ...before, metadata: bare(before) }, { ...object, metadata: bare(object) })) return before;
    this.#version += 1;
    const isChanged = before !== undefined && !same(before.spec, object.spec);
    const generation = before === undefined ? 1 : before.metadata.generation + (isChanged ? 1 : 0);
    const stored = structuredClone({ ...object, metadata: { ...object.metadata, generation, resourceVersion: String(this.#version) } });
    this.#objects.set(keyOf(kind, namespace, name), { kind, object: stored });
    this.#emit({ type: before === undefined ? 'ADDED' : 'MODIFIED', kind, object: stored, version: this.#version });
    return stored;
  }

  delete(kind: Kind, namespace: string, name: string): KubeObject | undefined {
    const object = this.get(kind, namespace, name);
    if (object === undefined) return undefined;
    this.#objects.delete(keyOf(kind, namespace, name));
    this.#version += 1;
    const last = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } };
    this.#emit({ type: 'DELETED', kind, object: last, version: this.#version });
    return last;
  }

  /** What happened after a version; undefined when that is not kept any more. */
  since(version: number): readonly StoreEvent[] | undefined {
    return version < this.#oldest ? undefined : this.#events.filter((event) => event.version > version);
  }

  /** Forgets what happened up to now. */
  compact(): void {
    this.#events = [];
    this.#oldest = this.#version;
  }

  subscribe(listener: (event: StoreEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #emit(event: StoreEvent): void {
    this.#events.push(event);
    for (const listener of this.#listeners) listener(event);
  }
}

function keyOf(kind: Kind, namespace: string, name: string): string {
  return `${qualifiedName(kind)}/${namespace}/${name}`;
}

function bare({ metadata }: KubeObject): object {
  const { resourceVersion: _version, generation: _generation, ...rest } = metadata;
  return rest;
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
