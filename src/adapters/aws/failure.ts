import { targetError, type TargetErrorCode } from '../../ports/target.ts';
import type { Failed, Intent } from '../http/target-failure.ts';

/** By the name of the SDK's error class, which is the service's own code with or without `Fault` or `Exception`. */
const BY_NAME: Readonly<Record<string, TargetErrorCode>> = {
  Throttling: 'throttled',
  RequestLimitExceeded: 'throttled',
  TooManyRequests: 'throttled',
  SlowDown: 'throttled',
  // Another change of the group is on its way: ours was not taken.
  ResourceContention: 'unavailable',
  ScalingActivityInProgress: 'unavailable',
  ServiceUnavailable: 'unavailable',
  LimitExceeded: 'quota',
  AccessDenied: 'forbidden',
  UnauthorizedOperation: 'forbidden',
  OptInRequired: 'forbidden',
  AuthFailure: 'unauthenticated',
  ExpiredToken: 'unauthenticated',
  InvalidClientTokenId: 'unauthenticated',
  UnrecognizedClient: 'unauthenticated',
  IncompleteSignature: 'unauthenticated',
  SignatureDoesNotMatch: 'unauthenticated',
  RequestExpired: 'unauthenticated',
  MissingAuthenticationToken: 'unauthenticated',
  CredentialsProvider: 'unauthenticated',
  TokenProvider: 'unauthenticated',
  InvalidParameterValue: 'invalid',
  // ECS and Application Auto Scaling.
  ConcurrentUpdate: 'unavailable',
  FailedResourceAccess: 'forbidden',
  ClusterNotFound: 'not-found',
  ServiceNotFound: 'not-found',
  ServiceNotActive: 'not-found',
  ObjectNotFound: 'not-found',
};

const UNSENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);
const UNTRUSTED = /^(ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_)/;
const MESSAGE_MAX = 500;

/** A call, or why it failed. @param who what is called, for people. */
export async function attempt<T>(
  who: string,
  intent: Intent,
  send: () => Promise<T>,
): Promise<{ readonly ok: true; readonly value: T } | Failed> {
  try {
    return { ok: true, value: await send() };
  } catch (error) {
    return failedCall(error, intent, who);
  }
}

/** What an error of the SDK means. It holds no credentials: they are in the request, which is not told. */
function failedCall(error: unknown, intent: Intent, who: string): Failed {
  const { name, message, status, code } = describe(error);
  const said = `${who}: ${name}${message === '' ? '' : `, ${message.slice(0, MESSAGE_MAX)}`}`;
  return targetError(codeOf(name, message, status, code, intent), said);
}

function codeOf(name: string, message: string, status: number | undefined, code: string, intent: Intent): TargetErrorCode {
  const named = BY_NAME[name.replace(/(Fault|Exception|Error)$/, '')];
  if (named !== undefined) return named;
  if (name === 'ValidationError' || name === 'ValidationException')
    return /not found|does not exist/i.test(message) ? 'not-found' : 'invalid';
  if (UNTRUSTED.test(code)) return 'untrusted';
  if (UNSENT.has(code)) return 'unavailable';
  // An answer of 2xx that cannot be read: the SDK throws what its parser throws.
  if (status !== undefined && status < 300) return intent === 'write' ? 'unknown-outcome' : 'broken-answer';
  if (status === 401) return 'unauthenticated';
  if (status === 403) return 'forbidden';
  if (status === 429) return 'throttled';
  if (status !== undefined && status >= 400 && status < 500) return 'invalid';
  return intent === 'write' ? 'unknown-outcome' : 'unavailable';
}

function describe(error: unknown) {
  if (!(error instanceof Error)) return { name: 'an unknown error', message: '', status: undefined, code: '' };
  const metadata = '$metadata' in error ? (error.$metadata as { readonly httpStatusCode?: number } | undefined) : undefined;
  const response = '$response' in error ? (error.$response as { readonly statusCode?: number } | undefined) : undefined;
  return {
    name: error.name,
    message: error.message,
    status: metadata?.httpStatusCode ?? response?.statusCode,
    code: 'code' in error && typeof error.code === 'string' ? error.code : '',
  };
}
