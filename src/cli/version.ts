import { createRequire } from 'node:module';

/** Version of this package. */
export function ownVersion(): string {
  const found: unknown = createRequire(import.meta.url)('forescale/package.json');
  const hasVersion = typeof found === 'object' && found !== null && 'version' in found;
  return hasVersion ? String(found.version) : 'unknown';
}
