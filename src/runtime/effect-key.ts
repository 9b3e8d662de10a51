/** Ids of effects are unique within their actor; stored, they are unique within the shard. */
export function effectKey(address: string, id: string): string {
  return `${address}|${id}`;
}

export function effectIdOf(key: string, address: string): string {
  return key.slice(address.length + 1);
}
