/** What we write on an object beside its count. */

/** Number of our last write, in one step with it. */
export const GENERATION_ANNOTATION = 'forescale.io/generation';
/** `minReplicas` of an HPA before we first raised it: never lowered below. */
export const ORIGINAL_FLOOR_ANNOTATION = 'forescale.io/original-min-replicas';
