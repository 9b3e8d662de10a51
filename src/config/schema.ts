/** The YAML config of a node: every option with its unit, range, default and meaning. The documentation is made from it. */
import { Type, type Static } from 'typebox';
import { Bridge } from './bridge-schema.ts';
import { CONFIG_DEFAULTS } from './defaults.ts';
import { Above0, Count, NAME_PATTERN, strict } from './option-types.ts';
import { Pool } from './pool-schema.ts';
import { LOG_LEVELS } from './settings.ts';
import { PredictiveScalers } from './predictive-scalers-schema.ts';
import { Serve } from './serve-schema.ts';
import { Source } from './sources-schema.ts';
import { Tracing } from './tracing-schema.ts';

const { node, inspector } = CONFIG_DEFAULTS;
/** `off`, or an address with or without a port from 0 to 65535. */
export const LISTEN_PATTERN =
  '^(off|([A-Za-z0-9.-]{1,253}|\\[[0-9A-Fa-f:.]{2,45}\\])(:(6553[0-5]|655[0-2]\\d|65[0-4]\\d\\d|6[0-4]\\d{3}|[1-5]\\d{4}|\\d{1,4}))?)$';

const File = (description: string) => Type.String({ minLength: 1, maxLength: 4_096, description });

export const Config = Type.Object(
  {
    node: Type.Optional(
      Type.Object(
        {
          name: Type.Optional(Type.String({ pattern: NAME_PATTERN, default: node.name, description: 'Unique in the cluster' })),
          logLevel: Type.Optional(Type.Enum([...LOG_LEVELS], { default: node.logLevel, description: 'Least level that is logged' })),
        },
        { ...strict, description: 'This node' },
      ),
    ),
    inspector: Type.Optional(
      Type.Object(
        {
          listen: Type.Optional(
            Type.String({
              pattern: LISTEN_PATTERN,
              default: inspector.listen,
              description:
                '`<address>:<port>`, or `off`. Without a port: 4270, or any free one. Anything but loopback needs a token in FORESCALE_INSPECTOR_TOKEN or `tls.clientCaFile`',
            }),
          ),
          act: Type.Optional(
            Type.Boolean({ default: inspector.act, description: 'Whether pools may be paused and overridden from the page' }),
          ),
          hosts: Type.Optional(
            Type.Array(Type.String({ minLength: 1, maxLength: 253 }), {
              default: [],
              maxItems: 100,
              description: 'Names that it answers to, beside localhost and IP addresses',
            }),
          ),
          tls: Type.Optional(
            Type.Object(
              {
                certFile: File('Certificate of the server, and those between it and its authority'),
                keyFile: File('Its private key'),
                clientCaFile: Type.Optional(
                  File('Authorities of clients: nobody is let in without a certificate of theirs, and no token is needed'),
                ),
              },
              { ...strict, description: 'HTTPS instead of HTTP. Files are PEM, relative to the working directory, read at the start' },
            ),
          ),
        },
        { ...strict, description: 'The page and API that show what the node does' },
      ),
    ),
    serve: Type.Optional(Serve),
    tracing: Type.Optional(Tracing),
    predictiveScalers: Type.Optional(PredictiveScalers),
    budget: Type.Optional(
      Type.Object(
        {
          replicas: Type.Optional(Count('Replicas over all pools, at least the sum of their minima')),
          costPerHour: Type.Optional(
            Above0(
              'What all replicas may cost together an hour, at least what the minima cost; every pool names its `replicaCostPerHour` then',
            ),
          ),
          priorities: Type.Optional(
            Type.Record(Type.String({ pattern: NAME_PATTERN }), Type.Integer({ minimum: -1_000, maximum: 1_000 }), {
              ...strict,
              default: {},
              description: 'By name of the pool; higher first when the budget does not reach; 0 where a pool is not named',
            }),
          ),
        },
        { ...strict, description: 'Shared by all pools: replicas, cost or both. Without it there is no limit' },
      ),
    ),
    sources: Type.Optional(
      Type.Array(Source, { default: [], maxItems: 1_000, description: 'Where load is read that no SDK tells; `up` and `agent` read them' }),
    ),
    bridges: Type.Optional(
      Type.Array(Bridge, {
        default: [],
        maxItems: 32,
        description: 'Brokers that messages are carried from and to; `up` without a cluster and `bridge` carry them',
      }),
    ),
    pools: Type.Record(Type.String({ pattern: NAME_PATTERN }), Pool, {
      ...strict,
      maxProperties: 100_000,
      description: 'By name; at least one, unless `predictiveScalers` brings them',
    }),
  },
  { ...strict, title: 'Forescale config', description: 'What one node runs' },
);
export type Config = Static<typeof Config>;
