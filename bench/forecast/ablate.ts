/** What each part of the forecaster is worth: it is measured again with the part taken away. */
import type { Forecaster } from '../../src/models/index.ts';
import type { Combiner } from '../../src/models/combiner.ts';
import type { Conformal } from '../../src/models/conformal.ts';
import type { ErrorClock } from '../../src/models/error-clock.ts';
import type { Guard } from '../../src/models/guard.ts';
import { layoutOf, type Layout, type MakerShape } from '../../src/models/layout.ts';
import { LEVELS } from '../../src/models/quantile-tracker.ts';
import { ASINH } from '../../src/models/space.ts';
import type { Outlook, Stacking } from '../../src/models/stacking.ts';

export interface Ablation {
  readonly name: string;
  /** Changes a new forecaster before it sees anything. */
  readonly prepare: (forecaster: Forecaster) => Forecaster;
}

/** The parts of a forecaster that is awake; a bench measures one at a time, so it stays so. */
interface Parts {
  readonly combiner: { readonly losses: Combiner['losses']; learn: Combiner['learn'] };
  readonly conformal: { tables: readonly Float32Array[]; learn: Conformal['learn'] };
  readonly stacking: Pick<Stacking, 'move' | 'learn'>;
  readonly guard: Pick<Guard, 'correct'>;
  readonly clock: Pick<ErrorClock, 'at'>;
}

type IsOut = (expert: string, maker: MakerShape) => boolean;

/** Loss of a source that must never be listened to. */
const HOPELESS = 1e38;
/** Quantiles of a normal distribution at the nine levels, in mean absolute errors. */
const NORMAL = [-2.06, -1.61, -0.85, 0, 0.85, 1.61, 2.06, 2.46, 2.92];

export function ablationsOf(profile: 'slim' | 'full'): readonly Ablation[] {
  const { experts, makers } = layoutOf({ intervalMs: 300_000, horizonsMs: [300_000], profile, warmupIntervals: 3 });
  const without = (name: string, isOut: IsOut): Ablation => ({ name, prepare: (forecaster) => silence(forecaster, isOut) });
  const changed = (name: string, change: (parts: Parts) => void): Ablation => ({
    name,
    prepare: (forecaster) => {
      change(partsOf(forecaster));
      return forecaster;
    },
  });
  return [
    ...experts.map((name) => without(name, (expert) => expert === name)),
    without('both ridges', (expert) => expert.startsWith('ridge-')),
    without('all profiles', (expert) => ['day', 'day-smooth', 'week', 'cycle', 'yesterday'].includes(expert)),
    without('asinh space', (_, { space }) => space === ASINH),
    without('normalisation by size', (_, { isScaled }) => isScaled),
    without('levels told apart', (_, { isBinned }) => isBinned),
    changed('rhythm of errors', ({ clock }) => {
      clock.at = () => 1;
    }),
    changed('stacking', ({ stacking }) => {
      stacking.move = () => {};
    }),
    changed('guard', ({ guard }) => {
      guard.correct = () => {};
    }),
    {
      name: 'conformal quantiles (normal)',
      prepare: (forecaster) => {
        const silenced = silence(forecaster, (_, maker) => maker !== makers[0]);
        makeNormal(partsOf(silenced));
        return silenced;
      },
    },
  ];
}

function partsOf(forecaster: Forecaster): Parts {
  const { heads, clock } = (forecaster as unknown as { state: { engine: { heads: Omit<Parts, 'clock'>; clock: Parts['clock'] } } }).state
    .engine;
  return { ...heads, clock };
}

/** Some sources lose all weight for good. An expert that has none left is not stacked either. */
function silence(forecaster: Forecaster, isOut: IsOut): Forecaster {
  const layout = layoutOf(forecaster.settings);
  const { combiner, stacking } = partsOf(forecaster);
  const sources = sourcesOf(layout, isOut);
  const condemn = (): void => {
    for (const at of sources) combiner.losses.fill(HOPELESS, at * LEVELS, (at + 1) * LEVELS);
  };
  const { learn: learnLosses } = combiner;
  combiner.learn = (...args) => {
    learnLosses.apply(combiner, args);
    condemn();
  };
  condemn();
  const out = layout.experts.flatMap((expert, e) => (layout.makers.every((maker) => isOut(expert, maker)) ? [e] : []));
  const { move, learn } = stacking;
  stacking.move = (head, quantiles, outlook) => move.call(stacking, head, quantiles, atMedian(outlook, out));
  stacking.learn = (head, value, said, saidAt, outlook, overlap) =>
    learn.call(stacking, head, value, said, saidAt, atMedian(outlook, out), overlap);
  return forecaster;
}

/** The same outlook, in which some experts say what the mixture says. */
function atMedian(outlook: Outlook, experts: readonly number[]): Outlook {
  const points = Float64Array.from(outlook.points.subarray(outlook.at));
  for (const e of experts) points[e] = outlook.median / outlook.unit;
  return { ...outlook, points, at: 0 };
}

/** Errors are taken to be normal: no quantile is learnt, only their size. */
function makeNormal({ conformal }: Parts): void {
  const table = conformal.tables[0] as Float32Array;
  const fill = (): void => {
    for (let i = 0; i < table.length; i++) table[i] = NORMAL[i % LEVELS] as number;
  };
  const { learn } = conformal;
  conformal.learn = (...args) => {
    learn.apply(conformal, args);
    fill();
  };
  fill();
}

/** Places of the sources among those of all heads: head by head, maker by maker, expert by expert. */
function sourcesOf({ targets, makers, experts }: Layout, isOut: IsOut): readonly number[] {
  return Array.from({ length: targets }, (_, head) => head).flatMap((head) =>
    makers.flatMap((maker, m) =>
      experts.flatMap((expert, e) => (isOut(expert, maker) ? [(head * makers.length + m) * experts.length + e] : [])),
    ),
  );
}
