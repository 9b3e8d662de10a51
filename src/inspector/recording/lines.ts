import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';

/** Where one line stands in its file, bytes. */
export interface LinePlace {
  readonly offset: number;
  readonly length: number;
}

const NEWLINE = 10;

/** Goes through a file once, line by line, without holding it. */
export async function eachLine(path: string, take: (line: Buffer, offset: number) => void): Promise<void> {
  let rest: Buffer = Buffer.alloc(0);
  let offset = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let from = 0;
    for (let end = bytes.indexOf(NEWLINE, from); end >= 0; end = bytes.indexOf(NEWLINE, from)) {
      take(bytes.subarray(from, end), offset + from);
      from = end + 1;
    }
    offset += from;
    rest = bytes.subarray(from);
  }
  if (rest.length > 0) take(rest, offset);
}

/** @returns what one line says. */
export async function readLine(path: string, { offset, length }: LinePlace): Promise<unknown> {
  const file = await open(path, 'r');
  try {
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, offset);
    return JSON.parse(buffer.toString('utf8')) as unknown;
  } finally {
    await file.close();
  }
}

/** @returns what a line holds, or why that cannot be used. */
export function objectIn(line: string): object | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return 'it is no JSON';
  }
  return typeof value === 'object' && value !== null ? value : 'it is no object';
}
