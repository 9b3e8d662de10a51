import { qualifiedName, type Kind } from './objects.ts';

/** What a request is answered with. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A refusal, in the words of a real server (research transcripts of 1.36). */
export function refusal(
  code: number,
  reason: string,
  message: string,
  more: { readonly fields?: readonly string[]; readonly retryAfterSeconds?: number; readonly manager?: string } = {},
): ApiAnswer {
  const { fields, retryAfterSeconds } = more;
  const causes = fields?.map((field) => ({ reason: 'FieldValueInvalid', message, field }));
  return {
    status: code,
    headers: retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) },
    body: {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      reason,
      details: causes === undefined ? {} : { causes },
      code,
    },
  };
}

export function notFound(kind: Kind, name: string): ApiAnswer {
  return refusal(404, 'NotFound', `${qualifiedName(kind)} "${name}" not found`);
}

export function conflict(kind: Kind, name: string): ApiAnswer {
  const why = 'the object has been modified; please apply your changes to the latest version and try again';
  return refusal(409, 'Conflict', `Operation cannot be fulfilled on ${qualifiedName(kind)} "${name}": ${why}`);
}

export function forbidden(kind: Kind, name: string, user: string, verb: string, resource: string, namespace: string): ApiAnswer {
  const who = `User "${user}" cannot ${verb} resource "${resource}" in API group "${kind.group}" in the namespace "${namespace}"`;
  return refusal(403, 'Forbidden', `${qualifiedName(kind)} "${name}" is forbidden: ${who}`);
}

/** What a failed `test` of a JSON patch is answered with: no field is named. */
export function failedTest(): ApiAnswer {
  return refusal(422, 'Invalid', 'the server rejected our request due to an error in our request');
}

export function invalidField(what: string, field: string, value: unknown, why: string): ApiAnswer {
  return refusal(422, 'Invalid', `${what} is invalid: ${field}: Invalid value: ${JSON.stringify(value)}: ${why}`, { fields: [field] });
}
