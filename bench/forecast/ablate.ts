/** What each part of the forecaster is worth: it is measured again with the part taken away. */
import type { Forecaster } from '../../src/models/index.ts';
import { thawForecaster } from '../../src/models/index.ts';
import { layoutOf, type Layout, type MakerShape } from '../../src/models/layout.ts';
import { LEVELS } from '../../src/models/quantile-tracker.ts';
import { ASINH } from '../../src/models/space.ts';

export interface Ablation {
  readonly name: string;
  readonly prepare: (forecaster: Forecaster) => Forecaster;
}

/** Loss of a source that must never be listened to: forgetting does not bring it near any other within the longest trace. */
const HOPELESS = 1e38;

export function ablationsOf(profile: 'slim' | 'full'): readonly Ablation[] {
  const { experts } = layoutOf({ intervalMs: 300_000, horizonsMs: [300_000], profile, warmupIntervals: 3 });
  const without = (name: string, isOut: (expert: string, maker: MakerShape) => boolean): Ablation => ({
    name,
    prepare: (forecaster) => silence(forecaster, isOut),
  });
  return [
    ...experts.map((name) => without(name, (expert) => expert === name)),
    without('both ridges', (expert) => expert.startsWith('ridge-')),
    without('all profiles', (expert) => ['day', 'day-smooth', 'week', 'cycle', 'yesterday'].includes(expert)),
    without('asinh space', (_, { space }) => space === ASINH),
    without('normalisation by size', (_, { isScaled }) => isScaled),
    without('levels told apart', (_, { isBinned }) => isBinned),
  ];
}

/** The same forecaster, in which some sources have lost all weight for good. */
function silence(forecaster: Forecaster, isOut: (expert: string, maker: MakerShape) => boolean): Forecaster {
  const layout = layoutOf(forecaster.settings);
  const frozen = forecaster.freeze() as { state: { engine: { heads: { combiner: { losses: Float32Array } } } } };
  const { losses } = frozen.state.engine.heads.combiner;
  for (const at of sourcesOf(layout, isOut)) losses.fill(HOPELESS, at * LEVELS, (at + 1) * LEVELS);
  return thawForecaster(frozen);
}

/** Places of the sources among those of all heads: head by head, maker by maker, expert by expert. */
function sourcesOf({ targets, makers, experts }: Layout, isOut: (expert: string, maker: MakerShape) => boolean): readonly number[] {
  return Array.from({ length: targets }, (_, head) => head).flatMap((head) =>
    makers.flatMap((maker, m) =>
      experts.flatMap((expert, e) => (isOut(expert, maker) ? [(head * makers.length + m) * experts.length + e] : [])),
    ),
  );
}
