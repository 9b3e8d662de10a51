import { Type, type Static } from 'typebox';
import { ContentHash, DurationMs, EpochMs, Name, Resource } from './resource.ts';

/** What an analyzer gives the trainer of its network: about an hour's new values among those it keeps. */
export const NetworkWindow = Type.Object(
  {
    pool: Name('Pool'),
    producer: Type.Union([Name('Producer'), Type.Null()], { description: 'null for the pool’s total' }),
    cause: Type.Enum(['first', 'schedule', 'drift', 'request']),
    network: Type.Union([ContentHash, Type.Null()], { description: 'The network that it uses now' }),
    intervalMs: DurationMs('Length of an interval'),
    series: Type.Array(
      Type.Object({
        resource: Resource,
        startMs: EpochMs('Start of the first interval'),
        values: Type.String({
          maxLength: 16_000,
          pattern: '^[A-Za-z0-9+/]*={0,2}$',
          description: 'One float32 per interval, little endian, base64; NaN where it was not measured',
        }),
      }),
      { maxItems: 4 },
    ),
  },
  { $id: 'NetworkWindow' },
);
export type NetworkWindow = Static<typeof NetworkWindow>;

/** Tells analyzers that there is a better network. */
export const NetworkModel = Type.Object(
  {
    network: ContentHash,
    version: Type.Integer({ minimum: 1, description: 'Rising with every network that was better than the one before it' }),
    trainedAtMs: EpochMs('When it was trained'),
    loss: Type.Number({ minimum: 0, description: 'Mean pinball loss on windows that it did not learn from, in units of their scale' }),
  },
  { $id: 'NetworkModel' },
);
export type NetworkModel = Static<typeof NetworkModel>;

/** Values as they travel: 5.3 characters each. */
export function packValues(values: ArrayLike<number>): string {
  const bytes = Buffer.alloc(4 * values.length);
  for (let i = 0; i < values.length; i += 1) bytes.writeFloatLE(values[i] as number, 4 * i);
  return bytes.toString('base64');
}

export function unpackValues(packed: string): Float64Array {
  const bytes = Buffer.from(packed, 'base64');
  return Float64Array.from({ length: Math.floor(bytes.length / 4) }, (_, i) => bytes.readFloatLE(4 * i));
}
