/** How far pods are with the size that they are to have, one by one and in numbers. */
import type { KubernetesResult } from '../client.ts';
import type { JsonObject } from '../json.ts';
import { podSizeOf, type PodSizing } from './container-size.ts';

/** How far the pods are, by their numbers, at the last look. */
export interface SizeReport {
  readonly sized: number;
  readonly resizing: number;
  /** No room on their nodes now. */
  readonly deferred: number;
  /** Their nodes can never take the size. */
  readonly infeasible: number;
  /** The server, or the node, refused. */
  readonly refused: number;
  /** Of the first that is not as wanted, in the cluster's words. */
  readonly reason?: string;
}

type Kind = 'sized' | 'resizing' | 'deferred' | 'infeasible' | 'refused';

export interface Verdict {
  readonly kind: Kind;
  /** In the cluster's words; empty of one that is as wanted. */
  readonly message: string;
}

export interface PodVerdict extends Verdict {
  readonly isReady: boolean;
}

/** Why pods have not got their size: for now, or for good. */
export interface SizeNews {
  readonly pendingReason?: string;
  readonly stuckReason?: string;
}

export function newsOf(verdicts: readonly Verdict[]): SizeNews {
  const stuckReason = verdicts.find(({ kind }) => kind === 'infeasible' || kind === 'refused')?.message;
  if (stuckReason !== undefined) return { pendingReason: stuckReason, stuckReason };
  const pendingReason = verdicts.find(({ kind }) => kind === 'deferred')?.message;
  return pendingReason === undefined ? {} : { pendingReason };
}

export function sizeOf(pod: JsonObject, sizing: PodSizing): Verdict {
  const size = podSizeOf(pod, sizing);
  if (size.kind === 'sized') return { kind: 'sized', message: '' };
  return { kind: size.kind === 'failed' ? 'refused' : size.kind, message: size.message };
}

export function reportOf(verdicts: readonly Verdict[]): SizeReport {
  const counts = { sized: 0, resizing: 0, deferred: 0, infeasible: 0, refused: 0 };
  for (const { kind } of verdicts) counts[kind] += 1;
  const reason = verdicts.find(({ kind }) => kind !== 'sized')?.message;
  return { ...counts, ...(reason === undefined ? {} : { reason }) };
}

export interface Refusal {
  readonly kind: 'refused' | 'infeasible';
  readonly message: string;
}

const TOO_LARGE = /node didn't have enough allocatable resources/;

/** Of a refusal that the same request would meet again; undefined: it may be asked for at the next look. */
export function refusalOf(result: Exclude<KubernetesResult, { readonly ok: true }>): Refusal | undefined {
  const { error, status } = result;
  // Newer servers see beforehand what a node would call infeasible.
  if (TOO_LARGE.test(status?.message ?? '')) return { kind: 'infeasible', message: error.message };
  // A pod that is there and a subresource that is not: no other 404 comes without a name.
  if (error.code === 'not-found' && status?.reason === 'NotFound' && /could not find the requested resource/.test(status.message))
    return { kind: 'refused', message: 'this cluster cannot resize pods in place (from 1.33 on); `by: rollout` replaces them' };
  return ['invalid', 'forbidden', 'quota'].includes(error.code) ? { kind: 'refused', message: error.message } : undefined;
}
