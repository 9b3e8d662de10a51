/** Requests that a replica of the demo works on at once: it serves 1,000 x RUNNING_MAX / workMs requests a second at the most. */
export const RUNNING_MAX = 4;
