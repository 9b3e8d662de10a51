import { createHmac, timingSafeEqual } from 'node:crypto';

/** Header of what we send and of what is sent to us: `t=<epoch ms>,v1=<HMAC-SHA256 of "t.body", hex>`. */
export const SIGNATURE_HEADER = 'forescale-signature';
/** An older or newer signature is refused: what was overheard cannot be sent again later. */
export const SIGNATURE_AGE_MAX_MS = 300_000;

export function signatureOf(secret: string, timeMs: number, body: string): string {
  return `t=${timeMs},v1=${digest(secret, timeMs, body)}`;
}

/** When a body was signed, epoch ms; undefined when it was not signed with the secret, or not lately. */
export function signedAtMs(secret: string, header: string | undefined, body: string, nowMs: number): number | undefined {
  const [, time = '', given = ''] = /^t=(\d{1,15}),v1=([0-9a-f]{64})$/.exec(header ?? '') ?? [];
  if (given === '') return undefined;
  const timeMs = Number(time);
  const isRight = timingSafeEqual(Buffer.from(given, 'hex'), Buffer.from(digest(secret, timeMs, body), 'hex'));
  return isRight && Math.abs(nowMs - timeMs) <= SIGNATURE_AGE_MAX_MS ? timeMs : undefined;
}

function digest(secret: string, timeMs: number, body: string): string {
  return createHmac('sha256', secret).update(`${timeMs}.${body}`).digest('hex');
}
