import type { Bus } from '../ports/bus.ts';
import type { Queue } from '../ports/queue.ts';

/**
 * A producer's way to a cluster over a broker that is there already: each observation becomes one message of the queue `name`,
 * and the bridge on the other side knows whom it is for.
 */
export function createQueueIntake(queue: Pick<Queue, 'send'>, name: string, key: string): Pick<Bus, 'append'> {
  return {
    append(entries) {
      // Entries for several receivers share their body.
      const bodies = new Map(entries.map(({ body, contentType }) => [body, contentType]));
      return queue.send(
        { kind: 'queue', name },
        Array.from(bodies, ([body, contentType]) => ({ body, contentType, key, headers: {} })),
      );
    },
  };
}
