/** The part `predictiveScalers` of the config: pools that are custom resources of a cluster. */
import { Type, type Static } from 'typebox';
import { CONFIG_DEFAULTS } from './defaults.ts';
import { Duration, follows, ms, strict } from './option-types.ts';

const { predictiveScalers: defaults } = CONFIG_DEFAULTS;

export const PredictiveScalers = Type.Object(
  {
    namespace: Type.Optional(
      Type.String({
        pattern: '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$',
        description: 'Where they are looked for, and where their workloads are',
        ...follows('that of the pod or of the context'),
      }),
    ),
    kubeconfig: Type.Optional(
      Type.String({ minLength: 1, description: 'File for the cluster', ...follows('the service account of the pod, or $KUBECONFIG') }),
    ),
    context: Type.Optional(Type.String({ minLength: 1, description: 'Context of the kubeconfig', ...follows('its current one') })),
    resync: Type.Optional(Duration('All are listed anew after this time, from 1m to 1d', ms(defaults.resyncMs))),
  },
  {
    ...strict,
    description:
      'Pools that are custom resources `PredictiveScaler` of a cluster, beside those of this file; whose targets have to outlive the node then',
  },
);
export type PredictiveScalersConfig = Static<typeof PredictiveScalers>;
