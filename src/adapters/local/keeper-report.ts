/** What the keeper of a command tells the node over its channel. */
export type KeeperReport =
  | { readonly kind: 'started'; readonly pid: number }
  | { readonly kind: 'not-started'; readonly message: string }
  | { readonly kind: 'ended'; readonly code: number | null; readonly signal: string | null };

/** undefined if the message is something else. */
export function toKeeperReport(message: unknown): KeeperReport | undefined {
  if (typeof message !== 'object' || message === null || !('kind' in message)) return undefined;
  if (message.kind === 'started' && 'pid' in message && typeof message.pid === 'number') return { kind: 'started', pid: message.pid };
  if (message.kind === 'not-started' && 'message' in message) return { kind: 'not-started', message: String(message.message) };
  if (message.kind === 'ended' && 'code' in message && 'signal' in message) {
    const { code, signal } = message;
    return { kind: 'ended', code: typeof code === 'number' ? code : null, signal: typeof signal === 'string' ? signal : null };
  }
  return undefined;
}
