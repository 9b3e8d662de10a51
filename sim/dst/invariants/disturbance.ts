import type { Happening } from '../happening.ts';

/** What has no place in a cluster that is well. */
export function disturbanceOf(happening: Happening): string | undefined {
  const { kind } = happening;
  if (kind === 'refused') return `${happening.by} was refused a ${happening.what} of shard ${happening.shard}: ${happening.outcome}`;
  if (kind === 'log') return `${happening.node} says: ${happening.text}`;
  if (kind === 'lease' && happening.what !== 'renewed') return `${happening.by} ${happening.what} shard ${happening.shard}`;
  if (kind !== 'committed') return undefined;
  const letter = happening.commit.deadLetters[0];
  return letter === undefined ? undefined : `a dead letter of ${letter.entry.to}: ${letter.reason}`;
}
