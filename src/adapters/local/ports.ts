/** Ports of a range, handed out in turn, so that a port which somebody else took is not tried again at once. */
export interface PortPool {
  /** undefined when all are taken. */
  take(): number | undefined;
  give(port: number): void;
}

export function createPortPool(range: { readonly from: number; readonly to: number }): PortPool {
  const size = range.to - range.from + 1;
  const taken = new Set<number>();
  let next = 0;
  return {
    take() {
      for (let tried = 0; tried < size; tried++) {
        const port = range.from + next;
        next = (next + 1) % size;
        if (taken.has(port)) continue;
        taken.add(port);
        return port;
      }
      return undefined;
    },
    give(port) {
      taken.delete(port);
    },
  };
}
