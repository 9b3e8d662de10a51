import { createServer } from 'node:net';

/**
 * Ports of a range, handed out in turn from a given place, so that a port which somebody else took is not tried again at
 * once and two nodes on one machine seldom meet.
 */
export interface PortPool {
  /** A port that nothing listens on now; undefined when there is none. It is free until `give` as far as this pool goes. */
  take(): Promise<number | undefined>;
  give(port: number): void;
}

export function createPortPool(range: { readonly from: number; readonly to: number }, startAt = 0): PortPool {
  const size = range.to - range.from + 1;
  const taken = new Set<number>();
  let next = startAt % size;
  return {
    async take() {
      for (let tried = 0; tried < size; tried++) {
        const port = range.from + next;
        next = (next + 1) % size;
        if (taken.has(port)) continue;
        taken.add(port);
        if (await isFree(port)) return port;
        taken.delete(port);
      }
      return undefined;
    },
    give(port) {
      taken.delete(port);
    },
  };
}

/** A service of somebody else on the port would pass our health checks. */
function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)));
  });
}
