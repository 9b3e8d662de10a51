/** Active states without those that they are in: `planning.watching`, not `planning`. */
export function leavesOf(active: readonly string[]): readonly string[] {
  return active.filter((state) => !active.some((other) => other.startsWith(`${state}.`)));
}
