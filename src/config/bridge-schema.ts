/** The part `bridges` of the config: brokers that messages are carried from and to. */
import { Type, type Static } from 'typebox';
import { INBOUND } from '../bridge/receivers.ts';
import { CONFIG_DEFAULTS } from './defaults.ts';
import { follows, NAME_PATTERN, strict } from './option-types.ts';

const { bridge: defaults } = CONFIG_DEFAULTS;
/** What both RabbitMQ and Kafka take as a name. */
const PLACE_PATTERN = '^[A-Za-z0-9._-]{1,249}$';
const TOPICS = ['reports', 'plans', 'decisions', 'actions'];

export const Bridge = Type.Object(
  {
    url: Type.String({
      pattern: '^(amqps?|kafkas?|https?)://.+$',
      maxLength: 4_096,
      description:
        '`amqp[s]://[user@]host[:port],…[/vhost]`, `kafka[s]://[user@]host[:port],…`, or `http[s]://…` for a webhook; without a password; see bridges.md',
    }),
    name: Type.Optional(
      Type.String({
        pattern: NAME_PATTERN,
        default: defaults.name,
        description: 'Unique; what was carried out is remembered under it',
      }),
    ),
    in: Type.Optional(
      Type.Object(
        {
          from: Type.String({ pattern: PLACE_PATTERN, description: 'Queue or Kafka topic that is read; made if it is not there' }),
          accept: Type.Optional(
            Type.Array(Type.Enum([...INBOUND]), {
              minItems: 1,
              maxItems: INBOUND.length,
              default: [...defaults.accept],
              description: 'Messages that are taken. With `control`, whoever may write the queue may pause and override pools',
            }),
          ),
          dead: Type.Optional(
            Type.String({
              pattern: PLACE_PATTERN,
              description: 'Gets what cannot be carried, with the reason',
              ...follows('`<from>.dead`'),
            }),
          ),
        },
        { ...strict, description: 'From the broker to the bus. Without it nothing is read' },
      ),
    ),
    out: Type.Optional(
      Type.Object(
        {
          to: Type.String({
            pattern: PLACE_PATTERN,
            description: 'Topic exchange (RabbitMQ), topic (Kafka), or last part of the path (webhook)',
          }),
          topics: Type.Optional(
            Type.Array(Type.Enum(TOPICS), {
              minItems: 1,
              maxItems: TOPICS.length,
              default: [...defaults.topics],
              description: 'Public streams that are carried',
            }),
          ),
        },
        { ...strict, description: 'From the bus to the broker. Without it nothing is sent' },
      ),
    ),
  },
  { ...strict, description: 'One broker' },
);
export type BridgeConfig = Static<typeof Bridge>;
