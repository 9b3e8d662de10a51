/** The part `tracing` of the config: spans of the way from an observation to a confirmed action. */
import { Type, type Static } from 'typebox';
import { CONFIG_DEFAULTS } from './defaults.ts';
import { follows, strict } from './option-types.ts';

export const Tracing = Type.Object(
  {
    endpoint: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 2_048,
        description: 'Where a collector takes traces by OTLP over HTTP, like http://collector:4318/v1/traces; without a password',
        ...follows('$OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, $OTEL_EXPORTER_OTLP_ENDPOINT, or http://localhost:4318/v1/traces'),
      }),
    ),
    share: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 1,
        default: CONFIG_DEFAULTS.tracing.share,
        description: 'Share of the traces that begin here which are kept; where a producer began one, it has decided',
      }),
    ),
  },
  { ...strict, description: 'Traces by OpenTelemetry; needs its packages, see operating.md. Without this section nothing is traced' },
);
export type TracingConfig = Static<typeof Tracing>;
