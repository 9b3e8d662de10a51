import type { ScaleRequest } from '../../ports/target.ts';

/** What a system of the user's is asked: the body of a webhook's request, the input of a command. */
export type Question =
  | { readonly version: 1; readonly do: 'read'; readonly pool: string }
  | (ScaleRequest & {
      readonly version: 1;
      readonly do: 'scale';
      /** Names this write: a repetition has the same. */
      readonly idempotencyKey: string;
    });

export function readQuestion(pool: string): Question {
  return { version: 1, do: 'read', pool };
}

export function scaleQuestion({ pool, replicas, expectedReplicas, generation }: ScaleRequest): Question {
  return { version: 1, do: 'scale', pool, replicas, expectedReplicas, generation, idempotencyKey: `${pool}/${generation}` };
}
