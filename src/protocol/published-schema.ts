/** The published documents: JSON Schemas of the messages as they stand on the wire, and an AsyncAPI description. */
import { CATALOGUE, CHANNEL_PARAMETERS, CHANNELS, type Channel } from './catalogue.ts';
import { CONTENT_TYPES } from './content-type.ts';
import { CLOUDEVENTS_VERSION, IDENTITY_LENGTH_MAX, RFC_3339, TRACEPARENT } from './envelope.ts';
import { MESSAGES, PROTOCOL_VERSION, type MessageName } from './message.ts';
import { wireTypeOf } from './validation.ts';

type Json = { readonly [key: string]: unknown };

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';
const NAMES = Object.keys(MESSAGES) as MessageName[];

/** Files of the folder `schemas`: name and content. */
export function protocolDocuments(): ReadonlyMap<string, Json> {
  const documents = new Map<string, Json>();
  for (const name of NAMES) documents.set(`${name}.schema.json`, messageSchema(name));
  documents.set('asyncapi.json', asyncApiDocument());
  return documents;
}

/** Schema (2020-12) of one message with its envelope, in the JSON form. */
export function messageSchema(name: MessageName): Json {
  return { $schema: DIALECT, $id: schemaId(name), ...envelopeSchema(name) };
}

export function schemaId(name: MessageName): string {
  return `urn:forescale:schema:${name}:v${MESSAGES[name].version}`;
}

/**
 * A schema as plain JSON. A nested `$id` would change what references resolve against, and its name says the same as a
 * title.
 */
export function toPlainSchema(schema: object): Json {
  return JSON.parse(JSON.stringify(schema), (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null || !('$id' in value)) return value;
    const { $id, ...rest } = value;
    return { title: $id, ...rest };
  }) as Json;
}

function envelopeSchema(name: MessageName): Json {
  const identity = (description: string): Json => ({ type: 'string', minLength: 1, maxLength: IDENTITY_LENGTH_MAX, description });
  const whole = (minimum: number, description: string): Json => ({
    type: 'integer',
    minimum,
    maximum: Number.MAX_SAFE_INTEGER,
    description,
  });
  return {
    title: `${name} v${MESSAGES[name].version}`,
    description: CATALOGUE[name],
    type: 'object',
    required: ['specversion', 'id', 'source', 'type', 'time', 'data'],
    properties: {
      specversion: { const: CLOUDEVENTS_VERSION, description: 'CloudEvents version' },
      id: identity('Unique per source; `<source>#<incarnation>.<sequence>` unless the sender has a better one'),
      source: identity('Address of the sender'),
      type: { const: wireTypeOf(name).type },
      time: {
        type: 'string',
        pattern: RFC_3339.source,
        description: 'When it was sent, RFC 3339, milliseconds. A number of epoch milliseconds in MessagePack',
      },
      datacontenttype: { enum: [...CONTENT_TYPES], description: 'Encoding of the whole message' },
      traceparent: {
        type: 'string',
        pattern: TRACEPARENT.source,
        description: 'W3C Trace Context; one trace id from observation to feedback',
      },
      incarnation: whole(0, 'Changes whenever the sender starts anew with sequence 1. Default 0'),
      sequence: whole(0, 'Rising per source and incarnation; receivers drop what they have seen. Default 0: not sequenced'),
      protocolversion: { ...whole(1, 'Major version of the protocol. Default 1'), maximum: PROTOCOL_VERSION },
      data: toPlainSchema(MESSAGES[name].schema),
    },
    additionalProperties: true,
  };
}

/** AsyncAPI 3.0: what a node receives and sends. */
export function asyncApiDocument(): Json {
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Forescale',
      version: `${PROTOCOL_VERSION}.0.0`,
      description:
        'The messages between producers, actors and readers. Every message is a CloudEvents 1.0 envelope around its data, in JSON or MessagePack, told by the content type.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: 'application/json',
    channels: Object.fromEntries(Object.entries(CHANNELS).map(([key, channel]) => [key, channelObject(channel)])),
    operations: Object.fromEntries(Object.entries(CHANNELS).flatMap(([key, channel]) => operationsOf(key, channel))),
    components: { messages: Object.fromEntries(NAMES.map((name) => [name, messageObject(name)])) },
  };
}

function channelObject({ address, description, messages }: Channel): Json {
  const parameters = [...address.matchAll(/\{(\w+)\}/g)].map(([, key = '']) => [key, { description: CHANNEL_PARAMETERS[key] }] as const);
  return {
    address,
    description,
    ...(parameters.length === 0 ? {} : { parameters: Object.fromEntries(parameters) }),
    messages: Object.fromEntries(messages.map((name) => [name, { $ref: `#/components/messages/${name}` }])),
  };
}

function operationsOf(key: string, { description, messages, actions }: Channel): readonly (readonly [string, Json])[] {
  return actions.map((action) => [
    `${action}${key.charAt(0).toUpperCase()}${key.slice(1)}`,
    {
      action,
      channel: { $ref: `#/channels/${key}` },
      summary: description,
      messages: messages.map((name) => ({ $ref: `#/channels/${key}/messages/${name}` })),
    },
  ]);
}

function messageObject(name: MessageName): Json {
  return {
    name: wireTypeOf(name).type,
    title: `${name} v${MESSAGES[name].version}`,
    summary: CATALOGUE[name],
    contentType: 'application/json',
    payload: { schemaFormat: 'application/schema+json;version=draft-07', schema: envelopeSchema(name) },
  };
}
