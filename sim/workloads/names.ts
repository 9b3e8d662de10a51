/** A name of a pool or a producer as the protocol takes it: what it does not take becomes a dash. */
export function poolName(name: string): string {
  const safe = name.replaceAll(/[^A-Za-z0-9._:-]/g, '-').slice(0, 253);
  return /^[A-Za-z0-9]/.test(safe) ? safe : `x${safe.slice(0, 252)}`;
}
