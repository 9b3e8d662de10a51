/**
 * Shows the actors of a node in Stately's tools, for those who use them: whatever `@statelyai/inspect` makes (a browser, a
 * web socket, one's own adapter) is told of every actor, of what it takes and of where it stands. That package is the caller's.
 */
import { toPlain, MESSAGE_LIMITS } from './live/plain.ts';
import type { ChartState } from '../runtime/chart.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { Delivered } from '../runtime/tap.ts';
import { kindOf, ROOT_ADDRESS } from '../protocol/address.ts';

/** An actor as `@statelyai/inspect` takes one: only from an object does it read the machine and the parent. */
export interface StatelyActor {
  readonly sessionId: string;
  readonly id: string;
  readonly logic: { readonly config: unknown };
  readonly _parent?: StatelyActor;
}

export interface StatelySnapshot {
  readonly status: 'active' | 'done' | 'error';
  readonly value: unknown;
  readonly context: unknown;
}

/** What is used of an `Inspector` of `@statelyai/inspect`. */
export interface StatelyInspector {
  actor(actor: never, snapshot?: StatelySnapshot): void;
  event(actor: string, event: StatelyEvent, info?: { source?: string }): void;
  snapshot(actor: string, snapshot: StatelySnapshot, info?: { event?: StatelyEvent }): void;
}

export interface StatelyEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** How much is told. */
export interface StatelyOptions {
  /** Actors that are told of; those that come later are left out. Default 200: more cannot be looked at. */
  readonly actorsMax?: number;
}

/**
 * Tells of the actors that live at the node, and from now on of each message that one takes. Costs the node the telling, so it
 * is for looking at it, not for ever. Returns what ends it.
 */
export function inspectWithStately(runtime: Runtime, inspector: StatelyInspector, { actorsMax = 200 }: StatelyOptions = {}): () => void {
  const told = new Map<string, StatelyActor>();
  const snapshotOf = (address: string, active: readonly string[]): StatelySnapshot => ({
    status: runtime.inside(address) === undefined ? 'done' : 'active',
    value: valueOf(active),
    context: toPlain(runtime.inside(address)?.state ?? null, MESSAGE_LIMITS),
  });
  const introduce = (address: string): StatelyActor | undefined => {
    const known = told.get(address);
    if (known !== undefined || told.size >= actorsMax) return known;
    const parentAddress = parentOf(address);
    const parent = parentAddress === undefined ? undefined : introduce(parentAddress);
    // Parents come first, and may have been the last.
    if (told.size >= actorsMax) return undefined;
    const root = runtime.behaviors.get(kindOf(address))?.chart?.root;
    const config = root === undefined ? { id: address } : configOf(root, address);
    const actor = { sessionId: address, id: address, logic: { config }, ...(parent === undefined ? {} : { _parent: parent }) };
    told.set(address, actor);
    inspector.actor(actor as never, snapshotOf(address, runtime.inside(address)?.active ?? []));
    return actor;
  };
  for (const { address } of runtime.outline()) introduce(address);
  return runtime.listen(({ address, message, active }: Delivered) => {
    if (introduce(address) === undefined) return;
    const event = { type: message.name, data: toPlain(message.data, MESSAGE_LIMITS) };
    inspector.event(address, event, told.has(message.source) ? { source: message.source } : {});
    inspector.snapshot(address, snapshotOf(address, active()), { event });
  });
}

/** Actors have no parents at run time, being addressed by name; people look for them under what they serve. */
function parentOf(address: string): string | undefined {
  const kind = kindOf(address);
  if (kind === 'root') return undefined;
  if (kind === 'pse') return ROOT_ADDRESS;
  const [pool = ''] = address.slice(kind.length + 1).split('/');
  return kind === 'pla' || kind === 'act' ? `pse:${pool}` : undefined;
}

/** `['predicting', 'predicting.trusted']` is `{ predicting: 'trusted' }`, as XState writes it. */
function valueOf(active: readonly string[]): unknown {
  const tree: Record<string, unknown> = {};
  for (const path of active) {
    let at = tree;
    for (const key of path.split('.')) at = (at[key] ??= {}) as Record<string, unknown>;
  }
  return shorten(tree);
}

function shorten(tree: Record<string, unknown>): unknown {
  const entries = Object.entries(tree).map(([key, inner]) => [key, shorten(inner as Record<string, unknown>)] as const);
  const [only] = entries;
  if (only === undefined) return {};
  const isLeaf = ([, inner]: readonly [string, unknown]): boolean => typeof inner === 'object' && Object.keys(inner as object).length === 0;
  return entries.length === 1 && isLeaf(only) ? only[0] : Object.fromEntries(entries);
}

/** A chart as the config of a machine, which is what Stately draws. */
function configOf(root: ChartState, id: string): unknown {
  return { id, ...stateConfig(root, id) };
}

function stateConfig({ kind, initial, entry, exit, transitions, children }: ChartState, id: string): Record<string, unknown> {
  const on: Record<string, unknown[]> = {};
  const always: unknown[] = [];
  for (const { event, guard, actions, targets } of transitions) {
    const target = targets.map((path) => `#${id}.${path}`);
    (event === '' ? always : (on[event] ??= [])).push({
      ...(guard === null ? {} : { guard }),
      actions,
      ...(target.length === 0 ? {} : { target }),
    });
  }
  return {
    ...(kind === 'final' || kind === 'parallel' ? { type: kind } : {}),
    ...(initial === null ? {} : { initial: initial.slice(initial.lastIndexOf('.') + 1) }),
    entry,
    exit,
    on,
    always,
    states: Object.fromEntries(children.map((child) => [child.key, stateConfig(child, id)])),
  };
}
