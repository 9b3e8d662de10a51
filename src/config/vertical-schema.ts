import { Type, type Static } from 'typebox';
import { SIZES_MAX, VERTICAL_DEFAULTS } from '../planning/vertical-rules.ts';
import { Above0, Duration, ms, Size, strict } from './option-types.ts';

const ReplicaSizeOptions = (description: string) =>
  Type.Object({ cpuMillicores: Above0('CPU, thousandths of a core'), memory: Size('Memory, bytes') }, { ...strict, description });
const Price = (description: string) => Type.Optional(Type.Number({ minimum: 0, maximum: 1e9, default: 0, description }));

export const VerticalOptions = Type.Object(
  {
    size: ReplicaSizeOptions('What a replica has now, and for which `capacity` holds'),
    sizes: Type.Array(ReplicaSizeOptions('One size'), {
      minItems: 1,
      maxItems: SIZES_MAX,
      description: 'What it might have instead',
    }),
    prices: Type.Object(
      {
        core: Price('One core, an hour'),
        memoryGB: Price('One GB of memory, an hour'),
        replica: Price('One replica beside its CPU and memory, an hour'),
      },
      { ...strict, description: 'In any money; at least one above 0' },
    ),
    memoryMargin: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 10,
        default: VERTICAL_DEFAULTS.memoryMargin,
        description: 'Memory above the measured peak that a replica has at the least, as a share of the peak',
      }),
    ),
    saving: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 1,
        default: VERTICAL_DEFAULTS.savingMin,
        description: 'Share of the cost that a change of size has to save',
      }),
    ),
    apply: Type.Optional(
      Type.Boolean({
        default: false,
        description:
          'Resizes replicas, where the target can (docker; kubernetes with `mode: direct`) and the pool is trusted with `full`; otherwise it is only told',
      }),
    ),
    holdFor: Type.Optional(Duration('How long every plan has to say so', ms(VERTICAL_DEFAULTS.holdMs))),
  },
  { ...strict, description: 'Number and size of replicas planned together: told in the plan, and carried out with `apply`' },
);
export type VerticalConfig = Static<typeof VerticalOptions>;
