/**
 * A user's own rule as data: numbers, names of signals, and lists of an operation with its operands. The config makes it of a text; here
 * it is only counted out, so that a decision record holds the rule itself and nothing can be called that is not in this file.
 */
export type FormulaTree = number | string | readonly FormulaTree[];

/** A user's own rule. */
export interface Formula {
  /** Told in reasons. */
  readonly name: string;
  /** As it was written. */
  readonly text: string;
  readonly tree: FormulaTree;
  /** `instead` of the engine's own rules, or a bound of them. */
  readonly mode: FormulaMode;
}

/** What a formula's number does: a bound from below or above, or in the place of the engine's own rules. */
export const FORMULA_MODES = ['atLeast', 'atMost', 'instead'] as const;
export type FormulaMode = (typeof FORMULA_MODES)[number];

/** What a formula may name. null where it is not known. */
export const SIGNALS = [
  'now_requests',
  'now_cpu',
  'now_memory',
  'now_network',
  'recent_requests',
  'recent_cpu',
  'recent_memory',
  'recent_network',
  'ahead_requests',
  'ahead_cpu',
  'ahead_memory',
  'ahead_network',
  'need_now',
  'need_recent',
  'need_ahead',
  'ready',
  'requested',
  'min_replicas',
  'max_replicas',
  'confidence',
  'lead_seconds',
] as const;
export type Signal = (typeof SIGNALS)[number];
export type Signals = Readonly<Record<Signal, number | null>>;

type Kind = 'number' | 'boolean';
type Value = number | boolean;
interface Operation {
  readonly takes: Kind;
  readonly gives: Kind;
  /** Operands, least and most. */
  readonly arity: readonly [number, number];
  readonly run: (...operands: number[]) => Value;
}

const OPERANDS_MAX = 20;
const numeric = (least: number, most: number, run: (...operands: number[]) => number): Operation => ({
  takes: 'number',
  gives: 'number',
  arity: [least, most],
  run,
});
const comparison = (run: (a: number, b: number) => boolean): Operation => ({
  takes: 'number',
  gives: 'boolean',
  arity: [2, 2],
  run: (a = 0, b = 0) => run(a, b),
});
/** Truth values travel as 1 and 0. */
const logical = (least: number, most: number, run: (...operands: number[]) => boolean): Operation => ({
  takes: 'boolean',
  gives: 'boolean',
  arity: [least, most],
  run,
});

/** What formulas are made of, with how many operands of what kind each takes. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  '+': numeric(2, 2, (a = 0, b = 0) => a + b),
  '-': numeric(1, 2, (a = 0, b) => (b === undefined ? -a : a - b)),
  '*': numeric(2, 2, (a = 0, b = 0) => a * b),
  '/': numeric(2, 2, (a = 0, b = 0) => a / b),
  '%': numeric(2, 2, (a = 0, b = 0) => a - b * Math.floor(a / b)),
  '^': numeric(2, 2, (a = 0, b = 0) => a ** b),
  max: numeric(1, OPERANDS_MAX, Math.max),
  min: numeric(1, OPERANDS_MAX, Math.min),
  abs: numeric(1, 1, Math.abs),
  ceil: numeric(1, 1, Math.ceil),
  floor: numeric(1, 1, Math.floor),
  round: numeric(1, 1, Math.round),
  sqrt: numeric(1, 1, Math.sqrt),
  '<': comparison((a, b) => a < b),
  '<=': comparison((a, b) => a <= b),
  '>': comparison((a, b) => a > b),
  '>=': comparison((a, b) => a >= b),
  '==': comparison((a, b) => a === b),
  '!=': comparison((a, b) => a !== b),
  and: logical(2, 2, (a, b) => a === 1 && b === 1),
  or: logical(2, 2, (a, b) => a === 1 || b === 1),
  not: logical(1, 1, (a) => a !== 1),
};
/** Not an operation: only the branch that is taken is counted out. */
const CHOICE = '?:';

/** Numbers, signals and operations of one formula, at the most. */
export const FORMULA_NODES_MAX = 100;
const DEPTH_MAX = 50;

/** What is wrong with a rule, as a sentence; undefined when it gives a number. */
export function formulaProblem(tree: FormulaTree): string | undefined {
  let nodes = 0;
  const check = (node: FormulaTree, wanted: Kind, depth: number): string | undefined => {
    nodes += 1;
    if (nodes > FORMULA_NODES_MAX || depth > DEPTH_MAX) return `it has more than ${FORMULA_NODES_MAX} parts`;
    if (typeof node === 'number')
      return wanted === 'number' && Number.isFinite(node) ? undefined : `${node} stands where a ${wanted} has to`;
    if (typeof node === 'string') {
      if (!isSignal(node)) return `there is no signal ${node}`;
      return wanted === 'number' ? undefined : `${node} is a number, and a condition is wanted there`;
    }
    const [name = '', ...operands] = node;
    if (name === CHOICE) {
      const [condition, yes, no] = operands;
      if (condition === undefined || yes === undefined || no === undefined || operands.length > 3)
        return 'a choice needs a condition and two answers';
      return check(condition, 'boolean', depth + 1) ?? check(yes, wanted, depth + 1) ?? check(no, wanted, depth + 1);
    }
    const operation = operationOf(name);
    if (operation === undefined || typeof name !== 'string') return `there is no operation ${JSON.stringify(name)}`;
    const { takes, gives, arity } = operation;
    if (operands.length < arity[0] || operands.length > arity[1]) return `${name} does not take ${operands.length} operands`;
    if (gives !== wanted)
      return wanted === 'number' ? `${name} gives no number` : `${name} gives a number, and a condition is wanted there`;
    for (const operand of operands) {
      const problem = check(operand, takes, depth + 1);
      if (problem !== undefined) return problem;
    }
    return undefined;
  };
  return check(tree, 'number', 0);
}

export type FormulaResult =
  | { readonly kind: 'replicas'; readonly replicas: number }
  /** A signal that it names is not known: it has no opinion. */
  | { readonly kind: 'unknown'; readonly signal: string }
  | { readonly kind: 'broken'; readonly because: string };

/** Counts a rule out that was found to be right. */
export function countOut({ tree }: Formula, signals: Signals, replicasMax: number): FormulaResult {
  let missing: string | undefined;
  const count = (node: FormulaTree): number => {
    if (typeof node === 'number') return node;
    if (typeof node === 'string') {
      const value = isSignal(node) ? signals[node] : null;
      if (value === null) missing ??= node;
      return value ?? Number.NaN;
    }
    const [name, ...operands] = node;
    if (name === CHOICE) {
      const [condition = 0, yes = 0, no = 0] = operands;
      return count(condition) === 1 ? count(yes) : count(no);
    }
    return Number(operationOf(name)?.run(...operands.map(count)) ?? Number.NaN);
  };
  const value = count(tree);
  if (missing !== undefined) return { kind: 'unknown', signal: missing };
  if (!Number.isFinite(value)) return { kind: 'broken', because: `it gives ${value}, which is no number of replicas` };
  if (value < 0) return { kind: 'broken', because: `it gives ${value}, which is less than nothing` };
  return { kind: 'replicas', replicas: Math.min(replicasMax, Math.ceil(value * (1 - 1e-9))) };
}

function operationOf(name: FormulaTree | undefined): Operation | undefined {
  return typeof name === 'string' && Object.hasOwn(OPERATIONS, name) ? OPERATIONS[name] : undefined;
}

const KNOWN: ReadonlySet<string> = new Set(SIGNALS);

function isSignal(name: string): name is Signal {
  return KNOWN.has(name);
}
