import { Type, type Static } from 'typebox';
import { CONFIG_DEFAULTS } from './defaults.ts';
import { strict } from './option-types.ts';

const { network } = CONFIG_DEFAULTS.pool;

export const NetworkOptions = Type.Object(
  {
    use: Type.Optional(
      Type.Boolean({
        default: network.use,
        description: 'Whether there is one. Off, because it lowers the loss by less than 1% and takes 40% more time: see network.md',
      }),
    ),
    cell: Type.Optional(Type.Enum(['gru', 'lstm'], { default: network.cell, description: 'Kind of the recurrent layer' })),
    units: Type.Optional(
      Type.Integer({ minimum: 4, maximum: 128, multipleOf: 4, default: network.units, description: 'Width of its state, a multiple of 4' }),
    ),
    steps: Type.Optional(Type.Integer({ minimum: 8, maximum: 512, default: network.steps, description: 'Intervals that it reads' })),
    windows: Type.Optional(
      Type.Integer({ minimum: 400, maximum: 50_000, default: network.windows, description: 'Windows of one training, at most' }),
    ),
    epochs: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 200, default: network.epochs, description: 'Times that a training goes through them, at most' }),
    ),
  },
  {
    ...strict,
    description: 'A small recurrent network as one more expert of the forecasts, shared by pools of equal interval and horizons',
  },
);
export type NetworkConfig = Static<typeof NetworkOptions>;
