import { createSystemClock } from '../../adapters/system/clock.ts';
import type { PoolList } from '../../inspector/api/pools.ts';
import { sleep } from '../../ports/clock.ts';
import { InputError } from '../../problems.ts';
import { askNode, isUrl } from '../node-api.ts';
import { whenOutputCloses, type Output } from '../output.ts';
import { createPainter } from '../up/painter.ts';
import { createStopper } from '../up/stopper.ts';
import { createStyle, hasColour } from '../up/style.ts';
import { drawTop, type TopFrame } from './table.ts';

export interface TopFlags {
  readonly once?: boolean;
  readonly json?: boolean;
}

const EVERY_MS = 1_000;
const PIPE_WIDTH = 120;
const PIPE_HEIGHT = 40;
/** Only a terminal has a size. */
const terminal: { readonly columns?: number; readonly rows?: number } = process.stdout;

/** @throws InputError when there is no such node at the start; one that goes later is looked for. */
export async function runTop(node: string, flags: TopFlags, output: Output): Promise<void> {
  if (!isUrl(node)) throw new InputError([{ place: 'node', wanted: 'an address like http://127.0.0.1:4270', found: `"${node}"` }]);
  const read = (): Promise<PoolList> => askNode<PoolList>(node, '/api/v1/pools');
  const isTerminal = process.stdout.isTTY;
  const first = await read();
  const style = createStyle(hasColour(process.stdout, process.env));
  if (flags.json !== true && (flags.once === true || !isTerminal)) {
    const frame = {
      node,
      pools: first.pools,
      problem: undefined,
      width: terminal.columns ?? PIPE_WIDTH,
      height: Number.POSITIVE_INFINITY,
    };
    output.out(`${drawTop(frame, style).join('\n')}\n`);
    return;
  }
  if (flags.json === true) output.out(`${JSON.stringify(first)}\n`);
  if (flags.once === true) return;
  const painter = createPainter(output.out);
  await follow(read, first, (pools, problem) => {
    if (flags.json === true) {
      if (problem === undefined) output.out(`${JSON.stringify({ pools })}\n`);
      return;
    }
    const { columns: width = PIPE_WIDTH, rows: height = PIPE_HEIGHT } = terminal;
    const frame: TopFrame = { node, pools, problem, width: width - 1, height: height - 1 };
    painter.paint(drawTop(frame, style));
  });
  painter.end();
}

type Show = (pools: PoolList['pools'], problem: string | undefined) => void;

/** Reads and shows until a signal comes. */
async function follow(read: () => Promise<PoolList>, first: PoolList, show: Show): Promise<void> {
  const clock = createSystemClock();
  const stopper = createStopper();
  whenOutputCloses(() => stopper.stop('the output was closed'));
  const over = new AbortController();
  void stopper.stopped.then(() => over.abort('stopped'));
  let { pools } = first;
  show(pools, undefined);
  while (!over.signal.aborted) {
    await sleep(clock, EVERY_MS, over.signal);
    if (over.signal.aborted) break;
    let problem: string | undefined;
    try {
      ({ pools } = await read());
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      problem = 'The node does not answer; this is what was known last';
    }
    show(pools, problem);
  }
  stopper.end();
}
