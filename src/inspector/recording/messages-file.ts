import { stat } from 'node:fs/promises';
import { Compile } from 'typebox/compile';
import { RecordedMessage } from '../api/recording.ts';
import { eachLine, objectIn, readLine, type LinePlace } from './lines.ts';

/** Where each message of a messages.jsonl stands; the messages themselves stay in the file. */
export interface MessagesFile {
  readonly path: string;
  readonly places: readonly LinePlace[];
  readonly atMs: number[];
  /** Types of messages that are there, and of each message the index of its own. */
  readonly names: string[];
  readonly nameOf: number[];
  /** More than were written down. */
  readonly leftOut: number;
  readonly problem: string | undefined;
}

/** More than a run writes. */
const MESSAGES_MAX = 500_000;

/** @returns undefined where a run was recorded without its messages. */
export async function indexMessages(path: string): Promise<MessagesFile | undefined> {
  if ((await stat(path).catch(() => undefined)) === undefined) return undefined;
  const places: LinePlace[] = [];
  const atMs: number[] = [];
  const names = new Map<string, number>();
  const nameOf: number[] = [];
  let leftOut = 0;
  let problem: string | undefined;
  let number = 0;
  const take = (line: Buffer, offset: number): void => {
    number += 1;
    if (line.length === 0) return;
    const found = outlineOf(line.toString('utf8'));
    if (typeof found === 'string') problem ??= `line ${number}: ${found}`;
    else if ('leftOut' in found) leftOut += found.leftOut;
    else if (places.length >= MESSAGES_MAX) leftOut += 1;
    else {
      places.push({ offset, length: line.length });
      atMs.push(found.atMs);
      if (!names.has(found.name)) names.set(found.name, names.size);
      nameOf.push(names.get(found.name) ?? 0);
    }
  };
  try {
    await eachLine(path, take);
  } catch (error) {
    problem = `it cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
  return { path, places, atMs, names: [...names.keys()], nameOf, leftOut, problem };
}

/** Compiled when the first is read. */
let checker: { Check(value: unknown): boolean } | undefined;

/** @returns the message, or why there is none. */
export async function readMessage(path: string, place: LinePlace): Promise<RecordedMessage | string> {
  const value = await readLine(path, place).catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
  if (value instanceof Error) return value.message;
  checker ??= Compile(RecordedMessage);
  return checker.Check(value) ? (value as RecordedMessage) : 'a field is missing or is not what it should be';
}

function outlineOf(line: string): Pick<RecordedMessage, 'atMs' | 'name'> | { readonly leftOut: number } | string {
  const value = objectIn(line);
  if (typeof value === 'string') return value;
  if ('leftOut' in value && typeof value.leftOut === 'number') return { leftOut: value.leftOut };
  if (!('atMs' in value) || typeof value.atMs !== 'number' || !('name' in value) || typeof value.name !== 'string')
    return 'it has no time or type';
  return { atMs: value.atMs, name: value.name };
}
