import type { Hpa } from './rivals.ts';

/**
 * How a workload is scaled. `direct`: its count is written. `floor`: `minReplicas` of the HPA that scales it is written; the
 * HPA stays reactive above it. `advise`: nothing is written.
 */
export type Mode = 'direct' | 'floor' | 'advise';

export interface ModeDecision {
  readonly mode: Mode;
  /** For people. */
  readonly reason: string;
}

/** What is wanted, against what else scales the workload. Never ends in two that write the same field. */
export function decideMode(wanted: Mode | 'auto', hpa: Hpa | undefined, foreignManager: string | undefined): ModeDecision {
  if (wanted === 'advise') return { mode: 'advise', reason: 'as configured' };
  if (hpa?.owner !== undefined) {
    return { mode: 'advise', reason: `the HPA ${hpa.name} belongs to ${hpa.owner}, which would put its floor back` };
  }
  if (hpa !== undefined) {
    if (wanted === 'direct') return { mode: 'advise', reason: `the HPA ${hpa.name} scales it, and two would fight; use the mode floor` };
    return { mode: 'floor', reason: `the HPA ${hpa.name} stays reactive above our floor` };
  }
  if (wanted === 'floor') return { mode: 'advise', reason: 'no HPA scales it, so there is no floor to raise' };
  if (wanted === 'auto' && foreignManager !== undefined) {
    return {
      mode: 'advise',
      reason: `its count belongs to ${foreignManager}; take the count out of what it manages, or set the mode direct`,
    };
  }
  return { mode: 'direct', reason: wanted === 'auto' ? 'nobody else scales it' : 'as configured' };
}
