import { AUTONOMY_LEVELS } from '../planning/autonomy.ts';
import { InputError } from '../problems.ts';
import { askNode } from './node-api.ts';
import type { Output } from './output.ts';

export interface HandFlags {
  readonly node: string;
  readonly by: string;
  readonly reason: string;
}

interface Wish {
  readonly pool: string;
  readonly command: 'autonomy' | 'reset';
  readonly level?: string;
}

/** Tells a running node what a person wants of a pool. @throws InputError */
export async function runHand(wish: Wish, { node, by, reason }: HandFlags, output: Output): Promise<void> {
  const levels: readonly string[] = AUTONOMY_LEVELS;
  if (wish.level !== undefined && !levels.includes(wish.level))
    throw new InputError([{ place: 'the level', wanted: `one of ${AUTONOMY_LEVELS.join(', ')}`, found: wish.level }]);
  const { message } = await askNode<{ readonly message: string }>(node, '/api/v1/control', { ...wish, by, reason });
  output.out(`${message}\n`);
}
