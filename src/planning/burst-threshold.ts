/**
 * Knative enters panic mode when its panic window asks for twice the pods that are ready (`panic-threshold-percentage: 200`),
 * at 70% utilisation: so at 1.4 times what they serve. Less is left to the interval, whose measure is better.
 */
export const BURST_THRESHOLD = 1.4;
