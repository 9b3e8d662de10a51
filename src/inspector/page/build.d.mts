/** Resolves with whether it had to be built. */
export function buildPage(): Promise<boolean>;
