/** What we write on an object beside its count. */

/** Number of our last write, in one step with it. */
export const GENERATION_ANNOTATION = 'forescale.io/generation';
/** `minReplicas` of an HPA before we first raised it: never lowered below. */
export const ORIGINAL_FLOOR_ANNOTATION = 'forescale.io/original-min-replicas';
/** What a write asked pods to have, in one step with it. */
export const SIZE_ANNOTATION = 'forescale.io/size';
/** Beside it: what the config said then. Who changes the config is heard. */
export const SIZE_INSTEAD_ANNOTATION = 'forescale.io/size-instead-of';

export const OUR_ANNOTATIONS = [GENERATION_ANNOTATION, ORIGINAL_FLOOR_ANNOTATION, SIZE_ANNOTATION, SIZE_INSTEAD_ANNOTATION] as const;
