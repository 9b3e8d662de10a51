/**
 * Connections that requests come on. What passed over one is asked seldom: a connection that carries requests of one type is
 * asked when an interval closes and when it ends, so that a request leaves no listener and no garbage behind. Only where types
 * take turns is it asked after each answer.
 */
import type { Socket } from 'node:net';
import type { Recorder } from './recorder.ts';

/** More are asked after each answer, so that the end of an interval takes no longer than about a millisecond. */
const LINES_MAX = 10_000;

export class Line {
  readonly source: string;
  readonly #socket: Socket;
  #type = '';
  #isAskedEach: boolean;
  #bytes = 0;

  constructor(socket: Socket, isAskedEach: boolean) {
    this.#socket = socket;
    this.#isAskedEach = isAskedEach;
    this.source = socket.remoteAddress ?? 'unknown';
  }

  /** Type of the request that came last. */
  get type(): string {
    return this.#type;
  }

  /** Whether it is asked after each answer: it carries requests of different types, or there are too many. */
  get isAskedEach(): boolean {
    return this.#isAskedEach;
  }

  /** A request of this type has come. */
  carry(type: string): void {
    this.#isAskedEach ||= this.#type !== '';
    this.#type = type;
  }

  /** Bytes in and out since it was last asked. */
  takeBytes(): number {
    const { bytesRead = 0, bytesWritten = 0 } = this.#socket as Partial<Socket>;
    const bytes = bytesRead + bytesWritten - this.#bytes;
    this.#bytes += bytes;
    return bytes;
  }
}

type Holder = Socket & Record<symbol, Line | undefined>;

export class Lines {
  readonly #recorder: Recorder | undefined;
  /** On the socket itself, where a line is found soonest; of these lines alone, so that a second recorder counts for itself. */
  readonly #key = Symbol('forescale.line');
  readonly #open = new Set<Line>();

  /** @param recorder is told what passed; without one, somebody asks each line at the end of each answer. */
  constructor(recorder?: Recorder) {
    this.#recorder = recorder;
    recorder?.beforeClose(() => this.#open.forEach((line) => this.settle(line)));
  }

  /** The line of a request of this type that has come. */
  carrying(socket: Socket, type: string): Line {
    const line = (socket as Holder)[this.#key] ?? this.#begin(socket);
    if (line.type === type) return line;
    // What passed until now was of the type before.
    if (line.type !== '' && !line.isAskedEach) this.settle(line);
    line.carry(type);
    return line;
  }

  /** Counts what passed since it was last asked for the type that it carries. Never throws. */
  settle(line: Line): void {
    if (this.#recorder === undefined) return;
    try {
      const bytes = line.takeBytes();
      if (bytes > 0) this.#recorder.addToOpen(0, bytes, bytes, line.type);
    } catch {
      // The connection of an HTTP/2 session that is gone cannot be asked any more.
    }
  }

  #begin(socket: Socket): Line {
    const isOneTooMany = this.#open.size >= LINES_MAX;
    const line = new Line(socket, isOneTooMany);
    (socket as Holder)[this.#key] = line;
    if (!isOneTooMany) this.#open.add(line);
    socket.once('close', () => {
      this.#open.delete(line);
      this.settle(line);
    });
    return line;
  }
}
