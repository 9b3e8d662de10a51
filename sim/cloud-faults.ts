import type { TargetError } from '../src/ports/target.ts';

/** A stretch of time in which the cloud misbehaves; times in milliseconds of the cloud's clock. */
export type CloudFault =
  /** Neither reads nor writes are answered. */
  | (Span & { readonly kind: 'unavailable' })
  /** Writes are refused with a time to wait. */
  | (Span & { readonly kind: 'throttled'; readonly retryAfterMs: number })
  /** Writes take effect or not, by a coin, and the answer does not say which. */
  | (Span & { readonly kind: 'unknown-outcome' })
  /** More than this many replicas are refused. */
  | (Span & { readonly kind: 'quota'; readonly replicas: number })
  /** Starts take this many times as long. */
  | (Span & { readonly kind: 'slow-starts'; readonly factor: number })
  /** Starts asked for in this time never become ready. */
  | (Span & { readonly kind: 'never-ready' })
  /** Somebody else sets the count, once, at `fromMs`. */
  | (Span & { readonly kind: 'foreign-write'; readonly replicas: number });

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

export type CloudFaultKind = CloudFault['kind'];

export function faultAt<K extends CloudFaultKind>(
  faults: readonly CloudFault[],
  kind: K,
  atMs: number,
): Extract<CloudFault, { kind: K }> | undefined {
  const found = faults.find((fault) => fault.kind === kind && atMs >= fault.fromMs && atMs < fault.toMs);
  return found as Extract<CloudFault, { kind: K }> | undefined;
}

/** Why a read is not answered now. */
export function readError(faults: readonly CloudFault[], atMs: number): TargetError | undefined {
  if (faultAt(faults, 'unavailable', atMs) === undefined) return undefined;
  return { code: 'unavailable', message: 'The simulated cloud is down.' };
}

/** Why a write of this many replicas is refused now. */
export function writeError(faults: readonly CloudFault[], replicas: number, atMs: number): TargetError | undefined {
  const down = readError(faults, atMs);
  if (down !== undefined) return down;
  const throttled = faultAt(faults, 'throttled', atMs);
  if (throttled !== undefined) {
    return { code: 'throttled', message: 'The simulated cloud takes fewer writes now.', retryAfterMs: throttled.retryAfterMs };
  }
  const quota = faultAt(faults, 'quota', atMs);
  if (quota === undefined || replicas <= quota.replicas) return undefined;
  return { code: 'quota', message: `The simulated cloud has a quota of ${quota.replicas} replicas now, ${replicas} were asked for.` };
}
