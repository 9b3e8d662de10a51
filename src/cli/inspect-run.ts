import { createSystemClock } from '../adapters/system/clock.ts';
import { createInspector } from '../inspector/inspector.ts';
import { openRuns } from '../inspector/recording/open-run.ts';
import { createRecordingSource } from '../inspector/recording/source.ts';
import { silentLog } from '../ports/log.ts';
import { InputError } from '../problems.ts';
import { askNode, isUrl } from './node-api.ts';
import type { Output } from './output.ts';
import { createStopper } from './up/stopper.ts';
import { ownVersion } from './version.ts';

/** Runs that are compared. */
const PLACES_MAX = 4;

export interface InspectFlags {
  readonly port: string;
  readonly json?: boolean;
}

/** @throws InputError when there is no such node or run. */
export async function runInspect(places: readonly string[], flags: InspectFlags, output: Output): Promise<void> {
  const [where = ''] = places;
  if (places.length > PLACES_MAX || (places.length > 1 && places.some(isUrl)))
    throw new InputError([{ place: 'where', wanted: `one node, or up to ${PLACES_MAX} runs`, found: places.join(' ') }]);
  if (isUrl(where)) {
    const about = await askNode<{ readonly title: string; readonly version: string }>(where, '/api/v1/about');
    tell(
      output,
      flags,
      { page: where, node: about.title, version: about.version },
      `node ${about.title}, version ${about.version}: ${where}`,
    );
    return;
  }
  const port = Number(flags.port);
  if (!/^\d{1,5}$/.test(flags.port) || port > 65_535)
    throw new InputError([{ place: '--port', wanted: 'a port from 0 to 65535', found: `"${flags.port}"` }]);
  const run = await openRuns(places);
  const clock = createSystemClock();
  const inspector = createInspector({ source: createRecordingSource(run, clock), clock, log: silentLog, version: ownVersion(), port });
  const page = await inspector.start().catch((error: unknown) => {
    throw new InputError([
      { place: '--port', wanted: 'a port that can be listened on', found: error instanceof Error ? error.message : String(error) },
    ]);
  });
  // Before anything is said: whoever reads it may end it at once.
  const stopper = createStopper();
  for (const problem of run.problems) output.err(`${problem}\n`);
  tell(output, flags, { page, run: run.name }, `${run.name}: ${page} (Ctrl-C ends it)`);
  await stopper.stopped;
  await inspector.stop();
  stopper.end();
}

function tell({ out }: Output, { json }: InspectFlags, facts: object, sentence: string): void {
  out(json === true ? `${JSON.stringify(facts)}\n` : `${sentence}\n`);
}
