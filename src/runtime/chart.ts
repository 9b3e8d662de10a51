/** A machine as people draw it: plain data, read from the machine itself, so that the drawing cannot differ from what runs. */
import type { AnyStateMachine, StateValue } from 'xstate';

export interface ChartState {
  /** Path from the root, e.g. `predicting.trusted`; the root's is its machine's name. */
  readonly path: string;
  readonly key: string;
  readonly kind: 'atomic' | 'compound' | 'parallel' | 'final';
  /** Path of the child that is entered first. */
  readonly initial: string | null;
  readonly entry: readonly string[];
  readonly exit: readonly string[];
  readonly transitions: readonly ChartTransition[];
  readonly children: readonly ChartState[];
}

export interface ChartTransition {
  /** Message, timer or answer that leads there; empty for one that is taken as soon as its guard holds. */
  readonly event: string;
  readonly guard: string | null;
  readonly actions: readonly string[];
  /** Paths of the targets; empty: it stays where it is. */
  readonly targets: readonly string[];
}

type StateNode = AnyStateMachine['root'];

export function chartOf(machine: AnyStateMachine): ChartState {
  return stateOf(machine.root);
}

/** Paths of all states that are active, the outer ones first. */
export function activePaths(value: StateValue, prefix = ''): string[] {
  const under = (key: string): string => (prefix === '' ? key : `${prefix}.${key}`);
  if (typeof value === 'string') return [under(value)];
  return Object.entries(value).flatMap(([key, inner]) => [under(key), ...(inner === undefined ? [] : activePaths(inner, under(key)))]);
}

function stateOf(node: StateNode): ChartState {
  const transitions = [...node.transitions.values(), ...(node.always === undefined ? [] : [node.always])].flat();
  return {
    path: pathOf(node),
    key: node.key,
    kind: node.type === 'history' ? 'atomic' : node.type,
    initial: node.type === 'compound' ? pathOf(node.initial.target[0] ?? node) : null,
    entry: node.entry.map(nameOf),
    exit: node.exit.map(nameOf),
    transitions: transitions.map(({ eventType, guard, actions, target }) => ({
      event: eventType,
      guard: guard === undefined ? null : nameOf(guard),
      actions: actions.map(nameOf),
      targets: (target ?? []).map(pathOf),
    })),
    children: Object.values(node.states as Record<string, StateNode>).map(stateOf),
  };
}

function pathOf(node: StateNode): string {
  return node.path.length === 0 ? node.key : node.path.join('.');
}

/** Guards and actions are names, objects with a name, or functions. */
function nameOf(thing: unknown): string {
  if (typeof thing === 'string') return thing;
  if (typeof thing === 'object' && thing !== null && 'type' in thing) return String(thing.type);
  return typeof thing === 'function' && thing.name !== '' ? thing.name : 'inline';
}
