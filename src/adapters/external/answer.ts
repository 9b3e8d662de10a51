import { Type, type Static, type TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { targetError, type TargetError } from '../../ports/target.ts';
import { schemaProblems } from '../../protocol/schema-problems.ts';
import { formatPath } from '../../protocol/wire-problem.ts';

const Count = Type.Integer({ minimum: 0, maximum: 1_000_000 });
const Words = Type.String({ maxLength: 500 });

/** What the other side says about a pool. Unknown keys are let be. */
const Told = Type.Object({
  requestedReplicas: Count,
  /** Left out: it does not know, and what is asked for counts as ready. */
  readyReplicas: Type.Optional(Count),
  /** Told: it keeps the generation in one step with the count, and refuses what is not newer. */
  generation: Type.Optional(Type.Integer({ minimum: 0 })),
  minReplicas: Type.Optional(Count),
  maxReplicas: Type.Optional(Count),
  pendingReason: Type.Optional(Words),
  stuckReason: Type.Optional(Words),
});
export type Told = Static<typeof Told>;

/** Failures that the other side may name. What happened on the way to it, it cannot know. */
const REFUSALS = [
  'superseded',
  'conflict',
  'advice-only',
  'unknown-outcome',
  'unavailable',
  'throttled',
  'forbidden',
  'not-found',
  'invalid',
  'quota',
] as const;

const Refusal = Type.Object({
  error: Type.Object({
    code: Type.Enum(REFUSALS),
    message: Type.String({ minLength: 1, maxLength: 500 }),
    retryAfterMs: Type.Optional(Type.Number({ minimum: 0 })),
  }),
  /** What it holds now. */
  state: Type.Optional(Told),
});

/** How one question ended: the text that came back, or why none did. A failure may have brought a text, too. */
export type Asked =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly error: TargetError; readonly text?: string };

export type Answer = { readonly ok: true; readonly told: Told } | { readonly ok: false; readonly error: TargetError; readonly told?: Told };

const checkTold = Compile(Told);
const checkRefusal = Compile(Refusal);

/** A refusal in the other side's own words says more than a status or an exit code. */
export function readAnswer(asked: Asked, who: string): Answer {
  const value = asked.text === undefined ? undefined : parse(asked.text);
  if (isRefusal(value)) {
    if (!checkRefusal.Check(value)) return asked.ok ? broken(who, Refusal, checkRefusal.Errors(value), value) : asked;
    const { code, message, ...more } = value.error;
    return { ...targetError(code, `${who}: ${message}`, more), ...(value.state === undefined ? {} : { told: value.state }) };
  }
  if (!asked.ok) return asked;
  if (value === undefined) return targetError('broken-answer', `${who}: the answer is no JSON`);
  return checkTold.Check(value) ? { ok: true, told: value } : broken(who, Told, checkTold.Errors(value), value);
}

function isRefusal(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'error' in value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function broken(who: string, schema: TSchema, errors: Parameters<typeof schemaProblems>[1], value: unknown): Answer {
  const problems = schemaProblems(schema, errors, value).map(
    ({ at, wanted, found }) => `${formatPath(['answer', ...at])}: wanted ${wanted}, found ${found}`,
  );
  return targetError('broken-answer', `${who}: ${problems.slice(0, 5).join('; ')}`);
}
