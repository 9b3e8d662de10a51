/** The types of options that the schemas of the config are made of. */
import { Type, type TSchemaOptions } from 'typebox';
import { DURATION_PATTERN, formatDuration } from './duration.ts';
import { SIZE_PATTERN } from './size.ts';

/** Unknown keys are refused. */
export const strict = { additionalProperties: false } as const;

/** Of a pool, a node, an event. */
export const NAME_PATTERN = '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$';

/** A default that depends on other options: told in words. */
export const follows = (words: string) => ({ $comment: words });
export const ms = (durationMs: number) => ({ default: formatDuration(durationMs).replaceAll(' ', '') });

export const Duration = (description: string, options: TSchemaOptions = {}) =>
  Type.Union([Type.String({ pattern: DURATION_PATTERN }), Type.Number({ minimum: 0, maximum: 1e12 })], {
    title: 'Duration',
    description,
    ...options,
  });
export const Size = (description: string, options: TSchemaOptions = {}) =>
  Type.Union([Type.String({ pattern: SIZE_PATTERN }), Type.Number({ exclusiveMinimum: 0, maximum: 1e15 })], {
    title: 'Size',
    description,
    ...options,
  });
export const Above0 = (description: string) => Type.Number({ exclusiveMinimum: 0, maximum: 1e15, description });
export const Count = (description: string, options: TSchemaOptions = {}) =>
  Type.Integer({ minimum: 0, maximum: 1_000_000, description, ...options });
