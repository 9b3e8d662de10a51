/** Of the one pool under chaos, and what its target is reached with. */
export const POOL = 'web';
export const TOKEN = 'token-of-chaos';
