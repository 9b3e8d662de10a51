import { open, stat, type FileHandle } from 'node:fs/promises';
import type { Clock } from '../ports/clock.ts';
import { repeat, type Repeat } from './repeat.ts';

export interface FileTailOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly onLine: (line: string) => void;
  /** Told what went wrong; it goes on. */
  readonly onProblem: (reason: 'missing' | 'unreadable' | 'long-line', detail: string) => void;
}

export interface FileTail {
  start(): void;
  stop(): Promise<void>;
  /** Whether the file was there when it was looked at last. */
  readonly isThere: boolean;
}

const LOOK_EVERY_MS = 250;
const CHUNK_BYTES = 256 * 1024;
const LINE_BYTES_MAX = 64 * 1024;
const TOO_LONG = `a line of more than ${LINE_BYTES_MAX} bytes`;
const NEWLINE = 10;

/**
 * The lines that are appended to a file from now on; over rotation, by renaming as by truncating. Read at intervals: watching
 * by the system is not told of changes on every file system.
 */
export function createFileTail({ path, clock, onLine, onProblem }: FileTailOptions): FileTail {
  let file: FileHandle | undefined;
  let inode = 0;
  let position = 0;
  let isFirst = true;
  let isThere = false;
  let partial = Buffer.alloc(0);
  let isSkipping = false;
  let running: Repeat | undefined;

  const take = (bytes: Buffer): void => {
    let from = 0;
    for (let to = bytes.indexOf(NEWLINE); to >= 0; from = to + 1, to = bytes.indexOf(NEWLINE, from)) {
      const piece = bytes.subarray(from, to);
      const line = partial.length === 0 ? piece : Buffer.concat([partial, piece]);
      partial = Buffer.alloc(0);
      if (isSkipping) isSkipping = false;
      else if (line.length > LINE_BYTES_MAX) onProblem('long-line', TOO_LONG);
      else onLine(line.toString('utf8').replace(/\r$/, ''));
    }
    if (isSkipping || from === bytes.length) return;
    partial = Buffer.concat([partial, bytes.subarray(from)]);
    if (partial.length <= LINE_BYTES_MAX) return;
    onProblem('long-line', TOO_LONG);
    partial = Buffer.alloc(0);
    isSkipping = true;
  };

  const readOn = async (opened: FileHandle | undefined, signal: AbortSignal): Promise<void> => {
    const chunk = Buffer.alloc(CHUNK_BYTES);
    if (opened === undefined) return;
    while (!signal.aborted) {
      const { bytesRead } = await opened.read(chunk, 0, CHUNK_BYTES, position);
      if (bytesRead === 0) return;
      position += bytesRead;
      take(Buffer.from(chunk.subarray(0, bytesRead)));
    }
  };

  const openAnew = async (at: number): Promise<void> => {
    await file?.close();
    file = await open(path, 'r');
    const found = await file.stat();
    inode = found.ino;
    position = at === Number.POSITIVE_INFINITY ? found.size : at;
    partial = Buffer.alloc(0);
    isSkipping = false;
  };

  const look = async (signal: AbortSignal): Promise<void> => {
    try {
      const found = await stat(path);
      if (!found.isFile()) return onProblem('unreadable', `${path} is no file`);
      isThere = true;
      // What was there before we came is the past.
      if (file === undefined) await openAnew(isFirst ? Number.POSITIVE_INFINITY : 0);
      else if (found.ino !== inode) {
        await readOn(file, signal);
        await openAnew(0);
      } else if (found.size < position) position = 0;
      isFirst = false;
      await readOn(file, signal);
    } catch (error) {
      const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      isThere = false;
      isFirst &&= !isMissing;
      onProblem(isMissing ? 'missing' : 'unreadable', error instanceof Error ? error.message : String(error));
    }
  };

  return {
    get isThere() {
      return isThere;
    },
    start() {
      running ??= repeat(clock, LOOK_EVERY_MS, look);
    },
    async stop() {
      await running?.stop();
      await file?.close();
      file = undefined;
    },
  };
}
