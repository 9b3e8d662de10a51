/** The process of a runner: runs what it is told to. When its node is gone, it ends what runs and goes. */
import { createSystemClock } from '../system/clock.ts';
import { runProgram } from './run-program.ts';
import type { RunnerAnswer, RunnerOrder } from './runner.ts';

const clock = createSystemClock();
const running = new Map<number, AbortController>();

function end(): void {
  for (const controller of running.values()) controller.abort();
  process.exit(0);
}

async function take(order: RunnerOrder): Promise<void> {
  const { id } = order;
  if ('isOver' in order) return running.get(id)?.abort();
  const controller = new AbortController();
  running.set(id, controller);
  const ran = await runProgram(order.run, clock, controller.signal);
  running.delete(id);
  if (process.connected) process.send?.({ id, ran } satisfies RunnerAnswer, () => {});
}

process.on('disconnect', end);
process.on('SIGTERM', end);
process.on('message', (message) => void take(message as RunnerOrder));
if (!process.connected) end();
