import type { Clock } from '../../ports/clock.ts';

/** Requests that wait for a replica, first come first served, bounded in number and time. */
export interface WaitingRoom {
  /** Calls `go` or, after the bounded time, `expire`. undefined when the room is full. */
  enter(go: () => void, expire: () => void): { readonly leave: () => void } | undefined;
  callAll(): void;
  /** Expires everyone now. */
  dismissAll(): void;
  size(): number;
}

interface Visitor {
  readonly go: () => void;
  readonly expire: () => void;
}

export function createWaitingRoom(clock: Clock, waitMs: number, waitingMax: number): WaitingRoom {
  const visitors = new Map<Visitor, { cancel(): void }>();

  function takeAll(): Visitor[] {
    const taken = [...visitors.keys()];
    for (const timer of visitors.values()) timer.cancel();
    visitors.clear();
    return taken;
  }

  return {
    enter(go, expire) {
      if (visitors.size >= waitingMax) return undefined;
      const visitor: Visitor = { go, expire };
      const timer = clock.setTimer(waitMs, () => {
        if (visitors.delete(visitor)) expire();
      });
      visitors.set(visitor, timer);
      return {
        leave() {
          timer.cancel();
          visitors.delete(visitor);
        },
      };
    },
    callAll() {
      for (const visitor of takeAll()) visitor.go();
    },
    dismissAll() {
      for (const visitor of takeAll()) visitor.expire();
    },
    size: () => visitors.size,
  };
}
