/**
 * Connections that requests come on. Requests of one type and source are counted on the connection, and told to the recorder
 * together when an interval closes; so a request costs little more than a count. What passed over a connection is asked as
 * seldom: when an interval closes and when it ends, so that a request leaves no listener and no garbage behind. Only where types
 * take turns is it asked after each answer.
 */
import type { Socket } from 'node:net';
import type { Recorder } from './recorder.ts';

/** More are told and asked with each request, so that the end of an interval takes no longer than a few milliseconds. */
const LINES_MAX = 10_000;

export class Line {
  /** Of the other end. */
  readonly address: string;
  /** Whether it waits for the end of the interval; otherwise it is told and asked with each request. */
  readonly isWaiting: boolean;
  /** Of the request that came last; '' before the first. */
  type = '';
  source = '';
  /** Of this type and source, not told yet. */
  requests = 0;
  /** Whether its bytes are asked after each answer: it carries requests of different types, or there are too many. */
  isAskedEach: boolean;
  readonly #socket: Socket;
  #bytes = 0;

  constructor(socket: Socket, isWaiting: boolean) {
    this.#socket = socket;
    this.isWaiting = isWaiting;
    this.isAskedEach = !isWaiting;
    this.address = socket.remoteAddress ?? 'unknown';
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
  readonly #recorder: Recorder;
  readonly #areBytesTold: boolean;
  /** On the socket itself, where a line is found soonest; of these lines alone, so that a second recorder counts for itself. */
  readonly #key = Symbol('forescale.line');
  readonly #waiting = new Set<Line>();

  /** @param areBytesTold to the recorder; otherwise somebody asks each line at the end of each answer. */
  constructor(recorder: Recorder, areBytesTold: boolean) {
    this.#recorder = recorder;
    this.#areBytesTold = areBytesTold;
    recorder.beforeClose(() => this.#waiting.forEach((line) => this.#settle(line)));
  }

  /** @throws TypeError for what is no connection. */
  of(socket: Socket): Line {
    return (socket as Holder)[this.#key] ?? this.#begin(socket);
  }

  /** Counts a request that has arrived. */
  carry(line: Line, type: string, source: string): void {
    if (line.type !== type || line.source !== source) this.#turn(line, type, source);
    line.requests += 1;
    if (!line.isWaiting) this.#tellRequests(line);
  }

  /** Counts the bytes that passed since it was last asked for the type that it carries. Never throws. */
  settleBytes(line: Line): void {
    if (!this.#areBytesTold) return;
    try {
      const bytes = line.takeBytes();
      if (bytes > 0) this.#recorder.addToOpen(0, bytes, bytes, line.type);
    } catch {
      // The connection of an HTTP/2 session that is gone cannot be asked any more.
    }
  }

  #settle(line: Line): void {
    this.#tellRequests(line);
    this.settleBytes(line);
  }

  #tellRequests(line: Line): void {
    if (line.requests === 0) return;
    this.#recorder.attribute(line.requests, line.source, line.type);
    line.requests = 0;
  }

  /** What came and passed until now was of another source, or type. */
  #turn(line: Line, type: string, source: string): void {
    this.#tellRequests(line);
    line.source = source;
    if (line.type === type) return;
    const isFirst = line.type === '';
    if (!isFirst && !line.isAskedEach) this.settleBytes(line);
    line.isAskedEach ||= !isFirst;
    line.type = type;
  }

  #begin(socket: Socket): Line {
    const isWaiting = this.#waiting.size < LINES_MAX;
    const line = new Line(socket, isWaiting);
    (socket as Holder)[this.#key] = line;
    if (isWaiting) this.#waiting.add(line);
    socket.once('close', () => {
      this.#waiting.delete(line);
      this.#settle(line);
    });
    return line;
  }
}
