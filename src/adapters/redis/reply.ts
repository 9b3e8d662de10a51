/** Readers of what Redis answers. Answers of our own scripts have the shape that we wrote; what others wrote is checked. */

/** Fields or members in the order of the reply. */
export type Row = readonly Buffer[];

export function isFenced(reply: unknown): boolean {
  return textOf(reply) === 'fenced';
}

export function textOf(reply: unknown): string {
  return Buffer.isBuffer(reply) ? reply.toString() : String(reply);
}

export function rowOf(reply: unknown): Row {
  return Array.isArray(reply) ? reply : [];
}

/** Calls back with each pair of an even row, as HGETALL gives it. */
export function eachPair(reply: unknown, take: (field: string, value: Buffer) => void): void {
  const row = rowOf(reply);
  for (let index = 0; index + 1 < row.length; index += 2) {
    const field = row[index];
    const value = row[index + 1];
    if (field !== undefined && value !== undefined) take(field.toString(), value);
  }
}

/** Id and fields of each entry of a stream. */
export function entriesOf(reply: unknown): readonly (readonly [id: Buffer, fields: Row])[] {
  return Array.isArray(reply) ? reply : [];
}
