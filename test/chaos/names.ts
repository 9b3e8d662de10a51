/** Of the one pool under chaos, and what its target is reached with. */
export const POOL = 'web';
export const TOKEN = 'token-of-chaos';

/** How long a step that forgets to come back keeps the event loop, milliseconds: longer than a lease lasts. */
export const HOG_MS = 5_000;
