import { Type, type TSchema } from 'typebox';

export const OrNull = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
export const AtMs = (description: string) => Type.Number({ description: `${description}, epoch milliseconds` });
export const DurationMs = (description: string) => Type.Number({ description: `${description}, milliseconds` });
export const Count = (description: string) => Type.Number({ minimum: 0, description });
export const CountOrNull = (description: string) => Type.Union([Type.Number(), Type.Null()], { description });
