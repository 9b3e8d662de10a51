/**
 * Users' rules are read with the grammar of mathjs and turned into a tree of our own (`planning/formula.ts`): none of its
 * functions is ever called, so what is not in that tree cannot happen. The library is loaded when the first formula is read.
 */
import { createRequire } from 'node:module';
import type { ConditionalNode, ConstantNode, FunctionNode, MathNode, OperatorNode, ParenthesisNode, SymbolNode } from 'mathjs';
import { formulaProblem, OPERATIONS, SIGNALS, type FormulaTree } from '../planning/formula.ts';
import { nearestOf } from '../protocol/nearest.ts';

export type ParsedFormula = { readonly ok: true; readonly tree: FormulaTree } | { readonly ok: false; readonly problem: string };

class Refused extends Error {}

export function parseFormula(text: string): ParsedFormula {
  try {
    const tree = toTree(parse(text));
    const problem = formulaProblem(tree);
    return problem === undefined ? { ok: true, tree } : { ok: false, problem };
  } catch (error) {
    // Besides our own refusals the grammar throws SyntaxErrors, and RangeErrors for what is nested too deeply.
    if (error instanceof Error) return { ok: false, problem: error.message };
    throw error;
  }
}

let parser: ((text: string) => MathNode) | undefined;

function parse(text: string): MathNode {
  parser ??= (createRequire(import.meta.url)('mathjs/number') as { readonly parse: (text: string) => MathNode }).parse;
  return parser(text);
}

function toTree(node: MathNode): FormulaTree {
  switch (node.type) {
    case 'ParenthesisNode':
      return toTree((node as ParenthesisNode).content);
    case 'ConstantNode': {
      const value: unknown = (node as ConstantNode).value;
      if (typeof value !== 'number') throw new Refused(`${String(value)} is no number`);
      return value;
    }
    case 'SymbolNode':
      return signal((node as SymbolNode).name);
    case 'OperatorNode': {
      const { op, args, implicit } = node as OperatorNode & { readonly implicit: boolean };
      if (implicit) throw new Refused('an operator is missing between two parts');
      if (!Object.hasOwn(OPERATIONS, op)) throw new Refused(`the operator ${String(op)} is not known`);
      return [op, ...args.map(toTree)];
    }
    case 'ConditionalNode': {
      const { condition, trueExpr, falseExpr } = node as ConditionalNode;
      return ['?:', toTree(condition), toTree(trueExpr), toTree(falseExpr)];
    }
    case 'FunctionNode': {
      const { fn, args } = node as FunctionNode;
      const name = fn.type === 'SymbolNode' ? fn.name : '';
      if (!/^[a-z]+$/.test(name) || !Object.hasOwn(OPERATIONS, name))
        throw new Refused(`the function ${name || '?'} is not known${meant(name, FUNCTIONS)}`);
      return [name, ...args.map(toTree)];
    }
    case 'FunctionAssignmentNode':
      throw new Refused('functions cannot be defined');
    case 'AssignmentNode':
      throw new Refused('nothing can be assigned; is it compared with == ?');
    case 'RelationalNode':
      throw new Refused('compare two things at a time, joined by and');
    default:
      throw new Refused(`a ${node.type.replace(/Node$/, '').toLowerCase()} cannot stand in a formula`);
  }
}

const FUNCTIONS = Object.keys(OPERATIONS).filter((name) => /^[a-z]+$/.test(name));

function signal(name: string): string {
  if ((SIGNALS as readonly string[]).includes(name)) return name;
  throw new Refused(`${name} is not known${meant(name, SIGNALS)}`);
}

function meant(name: string, known: readonly string[]): string {
  const nearest = nearestOf(name, known);
  return nearest === undefined ? `; known are ${known.join(', ')}` : `; is it ${nearest}?`;
}
