import type { Failed } from '../http/target-failure.ts';

/** What became of a call, or of several. */
export type Done<T> = { readonly ok: true; readonly value: T } | Failed;
