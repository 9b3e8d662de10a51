import { Type, type Static } from 'typebox';
import { DurationMs, EpochMs, Name, Share } from './resource.ts';

/** What a pool expects to ask of another one that it calls, by the declared graph of calls. */
export const DemandAhead = Type.Object(
  {
    pool: Name('Pool that is called'),
    from: Name('Pool that calls'),
    originMs: EpochMs('Start of the last interval that the forecast has seen'),
    levels: Type.Array(Share('Quantile level'), { maxItems: 32 }),
    maxima: Type.Array(
      Type.Object({
        horizonMs: DurationMs('From the start of the last interval seen'),
        quantiles: Type.Array(Type.Number(), { maxItems: 32, description: 'Requests/s of the largest interval until then, one per level' }),
      }),
      { maxItems: 8 },
    ),
  },
  { $id: 'DemandAhead' },
);
export type DemandAhead = Static<typeof DemandAhead>;
