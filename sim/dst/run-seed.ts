import { drawOf, type Draw, type DrawOptions } from './draw.ts';
import { familyOf, unleash } from './families/index.ts';
import type { Happening } from './happening.ts';
import { Judges, type Violation } from './judges.ts';
import { DRAIN_MS, ENDING_MS, FAULTS_MS, RECOVERY_MS, STEADY_MS } from './phases.ts';
import { Reached, type Branch } from './reached.ts';
import { Trace } from './trace.ts';
import { START_MS, World } from './world.ts';

export interface SeedOptions extends DrawOptions {
  readonly seed: number;
  /** Told every line of the trace as it comes; costs time. */
  readonly onLine?: ((line: string) => void) | undefined;
}

export interface SeedResult {
  readonly draw: Draw;
  readonly violation: Violation | undefined;
  /** The last lines before the end. */
  readonly last: readonly string[];
  readonly events: number;
  /** Rare branches that were taken. */
  readonly reached: ReadonlySet<Branch>;
  /** Of the whole trace, where it was told. */
  readonly digest: string;
}

/** Between looks at whether something is wrong already, milliseconds of virtual time. */
const SLICE_MS = 500;

/** One cluster, from its beginning to its end. The same seed gives the same run. */
export async function runSeed({ seed, onLine, ...options }: SeedOptions): Promise<SeedResult> {
  const draw = drawOf(seed, options, START_MS);
  const trace = new Trace(START_MS, onLine);
  const reached = new Reached();
  const listeners: ((happening: Happening) => void)[] = [];
  const world = new World(draw, (happening) => {
    trace.note(world.clock.nowMs(), happening);
    reached.hear(happening);
    for (const hear of listeners) hear(happening);
  });
  const judges = new Judges(world);
  listeners.push((happening) => judges.hear(happening));
  await live(world, judges);
  const { violation } = judges;
  reached.look(world);
  const last = violation === undefined ? [] : trace.last();
  return { draw, violation, last, events: world.kernel.events, reached: reached.names, digest: onLine === undefined ? '' : trace.digest() };
}

async function live(world: World, judges: Judges): Promise<void> {
  for (const name of world.draw.families) unleash(familyOf(name), world);
  world.begin();
  if (!(await pass(world, judges, FAULTS_MS))) return;
  await world.heal();
  if (!(await pass(world, judges, RECOVERY_MS))) return;
  await judges.at('recovered');
  if (!(await pass(world, judges, STEADY_MS))) return;
  await judges.at('settled');
  world.fleet.stop();
  if (!(await pass(world, judges, ENDING_MS))) return;
  world.cluster.end();
  if (!(await pass(world, judges, DRAIN_MS))) return;
  await judges.at('ended');
}

/** False if something is wrong. */
async function pass(world: World, judges: Judges, forMs: number): Promise<boolean> {
  const untilMs = world.clock.nowMs() + forMs;
  try {
    while (judges.violation === undefined && world.clock.nowMs() < untilMs)
      await world.kernel.runFor(Math.min(SLICE_MS, untilMs - world.clock.nowMs()));
  } catch (error) {
    judges.fail('S13', `the simulation stopped: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
  return judges.violation === undefined;
}
