/** Waits for a reason to stop: a signal of the system or one of ours. The second signal kills at once. */
export interface Stopper {
  /** Resolves once, with the reason. */
  readonly stopped: Promise<string>;
  stop(why: string): void;
  /** Registers what has to be ended at once by a second signal. */
  onKill(kill: () => void): void;
  /** Gives the signals back to the system. */
  end(): void;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** Exit code of a process that SIGINT ended. */
const KILLED = 130;

export function createStopper(): Stopper {
  const kills: (() => void)[] = [];
  let isStopping = false;
  let resolveStopped: (why: string) => void = () => {};
  const stopped = new Promise<string>((resolve) => {
    resolveStopped = resolve;
  });
  const stop = (why: string): void => {
    isStopping = true;
    resolveStopped(why);
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    if (!isStopping) {
      stop(signal);
      return;
    }
    for (const kill of kills) kill();
    process.exit(KILLED);
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return {
    stopped,
    stop,
    onKill: (kill) => void kills.push(kill),
    end() {
      for (const signal of SIGNALS) process.off(signal, onSignal);
    },
  };
}
