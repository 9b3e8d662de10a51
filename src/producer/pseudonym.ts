import { createHmac } from 'node:crypto';

const DIGITS = 16;
const KNOWN_MAX = 1_000;

/**
 * Names of sources that say nothing of who they are, the same for the same source: HMAC-SHA256 (RFC 2104) under a secret,
 * cut to 64 bits. Producers of one pool that share the secret give the same source the same name. Without a secret whoever
 * can guess a source (an IP address, say) can recognise its name.
 */
export function createPseudonyms(secret: string): (source: string) => string {
  const known = new Map<string, string>();
  return (source) => {
    const found = known.get(source);
    if (found !== undefined) return found;
    const name = createHmac('sha256', secret).update(source).digest('hex').slice(0, DIGITS);
    if (known.size >= KNOWN_MAX) known.clear();
    known.set(source, name);
    return name;
  };
}
