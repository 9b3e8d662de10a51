/** The CustomResourceDefinition of `PredictiveScaler`, made from the schema that its spec is checked by. */
import { stringify } from 'yaml';
import { toPlainSchema } from '../protocol/published-schema.ts';
import type { SchemaNode } from '../protocol/schema-text.ts';
import { PredictiveScalerSpec } from './predictive-scaler.ts';
import { describeOption } from './schema-problems.ts';

type Json = Readonly<Record<string, unknown>>;

export const SCALER_GROUP = 'forescale.io';
export const SCALER_VERSION = 'v1alpha1';
export const SCALER_PLURAL = 'predictivescalers';

const text = (description: string): Json => ({ type: 'string', description });
const count = (description: string): Json => ({ type: 'integer', minimum: 0, description });
const time = (description: string): Json => ({ type: 'string', format: 'date-time', description });

const STATUS: Json = {
  type: 'object',
  description: 'What the controller found and decided',
  properties: {
    observedGeneration: count('Generation of the spec that the conditions speak of'),
    conditions: {
      type: 'array',
      description: 'Accepted: whether the spec can be used; Planning: whether there is a plan that counts',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['type'],
      items: {
        type: 'object',
        required: ['type', 'status', 'reason', 'message', 'lastTransitionTime'],
        properties: {
          type: text('Accepted or Planning'),
          status: { type: 'string', enum: ['True', 'False', 'Unknown'] },
          reason: text('One word'),
          message: text('For people; what is wrong with a spec, as `forescale check` says it'),
          lastTransitionTime: time('Since when it has this status'),
          observedGeneration: count('Generation of the spec that it speaks of'),
        },
      },
    },
    replicas: count('At the target when it was last decided'),
    wantedReplicas: count('Of the last decision; in shadow this is what is, not what the pool asks for'),
    adviceReplicas: count('What the pool asks for, its level of autonomy left aside'),
    confidence: { type: 'number', minimum: 0, maximum: 1, description: 'Of the forecast of the last decision' },
    lastDecision: {
      type: 'object',
      required: ['id', 'time', 'winner', 'reason'],
      properties: {
        id: text('For `forescale explain`'),
        time: time('When it was decided'),
        winner: text('Rule that won'),
        reason: text('One sentence'),
      },
    },
  },
};

const COLUMNS: readonly Json[] = [
  { name: 'Workload', type: 'string', jsonPath: '.spec.target.workload' },
  { name: 'Accepted', type: 'string', jsonPath: '.status.conditions[?(@.type=="Accepted")].status' },
  { name: 'Replicas', type: 'integer', jsonPath: '.status.replicas' },
  { name: 'Wanted', type: 'integer', jsonPath: '.status.wantedReplicas' },
  { name: 'Confidence', type: 'number', jsonPath: '.status.confidence' },
  { name: 'Decided', type: 'date', jsonPath: '.status.lastDecision.time' },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
];

export function predictiveScalerCrd(): Json {
  const schema = {
    type: 'object',
    required: ['spec'],
    description: 'A pool: a workload of this namespace, forecast and scaled by Forescale',
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object' },
      spec: structural(toPlainSchema(PredictiveScalerSpec)),
      status: STATUS,
    },
  };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${SCALER_PLURAL}.${SCALER_GROUP}` },
    spec: {
      group: SCALER_GROUP,
      scope: 'Namespaced',
      names: {
        kind: 'PredictiveScaler',
        listKind: 'PredictiveScalerList',
        plural: SCALER_PLURAL,
        singular: 'predictivescaler',
        shortNames: ['ps'],
      },
      versions: [
        {
          name: SCALER_VERSION,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: COLUMNS,
          schema: { openAPIV3Schema: schema },
        },
      ],
    },
  };
}

/** As a manifest. */
export function crdText(): string {
  return `# Made by \`npm run generate\` from src/config/predictive-scaler.ts.\n${stringify(predictiveScalerCrd(), { lineWidth: 0, aliasDuplicateObjects: false })}`;
}

const PRESERVE = { 'x-kubernetes-preserve-unknown-fields': true };

/**
 * What a server can check and explain without knowing our rules: names, types and meanings. Bounds and patterns are ours to
 * check, in our words, in the status; unknown fields are kept for the same reason. Defaults are told, not filled in, so that
 * a later version may have better ones.
 */
function structural(node: SchemaNode): Json {
  const description = descriptionOf(node);
  if (node.properties !== undefined) {
    const properties = Object.fromEntries(Object.entries(node.properties).map(([name, child]) => [name, structural(child)]));
    return { type: 'object', ...PRESERVE, ...description, properties };
  }
  if (node.items !== undefined) return { type: 'array', ...description, items: structural(node.items) };
  if (node.patternProperties !== undefined || node.type === 'object') return { type: 'object', ...PRESERVE, ...description };
  // A duration is a text or a number, which no structural schema can say.
  if (node.anyOf !== undefined || node.type === undefined) return { ...PRESERVE, ...description };
  return { type: node.type, ...description, ...(node.enum === undefined ? {} : { enum: node.enum }) };
}

function descriptionOf(node: SchemaNode): Json {
  const { description, $comment } = node;
  const otherwise = $comment ?? (node.default === undefined ? undefined : JSON.stringify(node.default).replaceAll('"', ''));
  const takes = node.properties === undefined && node.enum === undefined ? describeOption(node) : undefined;
  const parts = [description, takes && `Takes ${takes}`, otherwise && `Default: ${otherwise}`].filter(
    (part) => part !== undefined && part !== '',
  );
  return parts.length === 0 ? {} : { description: `${parts.join('. ')}.` };
}
