import type { Formula } from '../planning/formula.ts';
import { parseFormula } from './parse-formula.ts';
import type { AddProblem } from './schema-problems.ts';
import type { FormulaConfig } from './pool-schema.ts';

/** Users' rules of a pool. What cannot be counted out is added as a problem. */
export function compileFormulas(formulas: readonly FormulaConfig[], add: AddProblem): readonly Formula[] {
  return formulas.flatMap(({ name, replicas: text, mode = 'atLeast' }, index) => {
    const parsed = parseFormula(text);
    if (parsed.ok) return [{ name, text, tree: parsed.tree, mode }];
    add(['formulas', index, 'replicas'], 'a formula that gives a number of replicas', `${text} (${parsed.problem})`);
    return [];
  });
}
