import { readTrace } from '../../sim/traces/read.ts';
import { createPinoLog } from '../adapters/pino/log.ts';
import { createPrometheusMeter } from '../adapters/prometheus/meter.ts';
import { createSystemClock } from '../adapters/system/clock.ts';
import { percentText } from '../planning/words.ts';
import type { Bus, EntryId } from '../ports/bus.ts';
import { sleep, type Clock } from '../ports/clock.ts';
import { InputError } from '../problems.ts';
import type { StateReport } from '../protocol/state-report.ts';
import { pastIntervals, type PastInterval } from './history.ts';
import { openBus } from './open-bus.ts';
import type { Output } from './output.ts';
import { tellHistory } from './tell-history.ts';
import { readNew } from './watch-run.ts';

export interface BootstrapFlags {
  readonly bus: string;
}

const LOOK_EVERY_MS = 250;
/** So long without news of the pool, and it is not being taken. */
const PATIENCE_MS = 60_000;

/** Tells a pool its history and waits until it has taken it. @returns the exit code. @throws InputError */
export async function runBootstrap(pool: string, file: string, { bus: url }: BootstrapFlags, output: Output): Promise<number> {
  const clock = createSystemClock();
  const past = [...pastIntervals(pool, readTrace(file), file, clock.nowMs())];
  const last = past.at(-1);
  if (last === undefined) throw new InputError([{ place: file, wanted: 'at least one measured interval', found: 'none' }]);
  const bus = await openBus(url, 'bootstrap', clock, createPinoLog({ level: 'warn' }), createPrometheusMeter());
  try {
    const from = await bus.topicEnd('reports');
    await tell(bus, pool, past, clock);
    output.err(`Told ${past.length} observations of ${pool}; waiting until they are taken.\n`);
    return await wait(bus, from, { pool, past, clock, output });
  } finally {
    await bus.close();
  }
}

/** Told with progress, where a person looks. */
async function tell(bus: Pick<Bus, 'append'>, pool: string, past: readonly PastInterval[], clock: Clock): Promise<void> {
  const isSeen = process.stderr.isTTY;
  await tellHistory(bus, pool, past, clock, (told) => {
    if (isSeen) process.stderr.write(`\r\u001B[2Ktold ${told} of ${past.length}`);
  });
  if (isSeen) process.stderr.write('\r\u001B[2K');
}

interface Waiting {
  readonly pool: string;
  readonly past: readonly PastInterval[];
  readonly clock: Clock;
  readonly output: Output;
}

/** Until a report of the pool's total speaks of the last interval. */
async function wait(bus: Pick<Bus, 'readTopic'>, from: EntryId, { pool, past, clock, output }: Waiting): Promise<number> {
  const cursors = new Map([['reports', from]]);
  const firstMs = past[0]?.observation.intervalStartMs ?? 0;
  const lastMs = past.at(-1)?.observation.intervalStartMs ?? 0;
  let newsMs = clock.monotonicMs();
  let isTaken = false;
  while (clock.monotonicMs() - newsMs < PATIENCE_MS) {
    const reports = (await readNew(bus, cursors)).flatMap((message) =>
      message.name === 'state-report' && message.data.pool === pool && message.data.producer === null ? [message.data] : [],
    );
    for (const report of reports) {
      newsMs = clock.monotonicMs();
      // A report tells the start of its interval on the pool's own grid, which may be a little before ours.
      if (report.originMs > lastMs - report.intervalMs)
        return isTaken || report.originMs <= lastMs ? taken(report, output) : tooLate(report, pool, output);
      isTaken ||= report.originMs > firstMs - report.intervalMs;
    }
    await sleep(clock, LOOK_EVERY_MS);
  }
  output.err(
    `${pool} told nothing for ${PATIENCE_MS / 1_000} s. Is a node running on this bus, is there a pool of this name, and is its interval that of the file?\n`,
  );
  return 1;
}

function taken({ pool, observedIntervals, confidence, originMs, intervalMs }: StateReport, { out }: Output): number {
  const until = new Date(originMs + intervalMs).toISOString();
  out(`${pool} has taken its history: ${observedIntervals} intervals until ${until}, confidence ${percentText(confidence)}.\n`);
  return 0;
}

function tooLate({ originMs }: StateReport, pool: string, { err }: Output): number {
  err(
    `${pool} has seen load already, of ${new Date(originMs).toISOString()}: what is older is dropped. Tell history before the services report.\n`,
  );
  return 1;
}
