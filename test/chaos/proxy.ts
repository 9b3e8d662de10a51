/** A TCP proxy on one link. What it holds back is delivered when the link is good again, as TCP does after a partition. */
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export interface LinkFaults {
  /** What the client sends does not arrive. */
  holdsRequests: boolean;
  /** What the server answers does not arrive. */
  holdsReplies: boolean;
  /** Of each piece, each way, milliseconds. */
  delayMs: number;
}

export const GOOD_LINK: Readonly<LinkFaults> = { holdsRequests: false, holdsReplies: false, delayMs: 0 };

export class Proxy {
  readonly #faults: LinkFaults = { ...GOOD_LINK };
  readonly #ways = new Set<Way>();
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  private constructor(port: number) {
    this.#server = createServer((client) => this.#join(client, connect({ port, host: '127.0.0.1' })));
  }

  /** To a port of this machine. */
  static async to(port: number): Promise<Proxy> {
    const proxy = new Proxy(port);
    await new Promise<void>((resolve) => void proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  set(faults: Partial<LinkFaults>): void {
    Object.assign(this.#faults, faults);
    for (const way of this.#ways) way.pump();
  }

  /** Cuts what is connected now. */
  reset(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  close(): void {
    this.#server.close();
    this.reset();
  }

  #join(client: Socket, server: Socket): void {
    const faults = this.#faults;
    const ways = [new Way(client, server, faults, () => faults.holdsRequests), new Way(server, client, faults, () => faults.holdsReplies)];
    for (const way of ways) this.#ways.add(way);
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => socket.destroy());
      socket.once('close', () => {
        this.#sockets.delete(socket);
        for (const way of ways) this.#ways.delete(way);
        client.destroy();
        server.destroy();
      });
    }
  }
}

/** One direction of one connection. Pieces never overtake each other, whatever the delay was when they came. */
class Way {
  readonly #to: Socket;
  readonly #isHeld: () => boolean;
  readonly #waiting: { readonly bytes: Buffer; readonly dueMs: number }[] = [];
  #lastDueMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(from: Socket, to: Socket, faults: Readonly<LinkFaults>, isHeld: () => boolean) {
    this.#to = to;
    this.#isHeld = isHeld;
    from.on('data', (bytes) => {
      const nowMs = performance.now();
      this.#lastDueMs = Math.max(this.#lastDueMs, nowMs + faults.delayMs);
      this.#waiting.push({ bytes, dueMs: this.#lastDueMs });
      this.pump();
    });
  }

  pump(): void {
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      if (this.#isHeld() || this.#to.destroyed) return;
      const leftMs = first.dueMs - performance.now();
      if (leftMs > 0) return this.#wait(leftMs);
      this.#waiting.shift();
      this.#to.write(first.bytes);
    }
  }

  /** A timer may come a little early by the other clock: then the pump waits once more. */
  #wait(leftMs: number): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.pump();
    }, Math.ceil(leftMs));
  }
}
