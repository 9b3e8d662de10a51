/** Lets a bounded number of pieces of work run at once; more wait in line, within a bound. */
export interface Gate {
  /** Runs the work now or later. False if too many wait. */
  enter(work: (leave: () => void) => void): boolean;
  readonly running: number;
  readonly waiting: number;
}

export function createGate(runningMax: number, waitingMax: number): Gate {
  const line: ((leave: () => void) => void)[] = [];
  let running = 0;

  const run = (work: (leave: () => void) => void): void => {
    running += 1;
    let hasLeft = false;
    work(() => {
      if (hasLeft) return;
      hasLeft = true;
      running -= 1;
      const next = line.shift();
      if (next !== undefined) run(next);
    });
  };

  return {
    enter(work) {
      if (running < runningMax) run(work);
      else if (line.length < waitingMax) line.push(work);
      else return false;
      return true;
    },
    get running() {
      return running;
    },
    get waiting() {
      return line.length;
    },
  };
}
