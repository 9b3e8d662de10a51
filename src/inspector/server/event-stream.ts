import type { ServerResponse } from 'node:http';
import { securityHeaders } from '../../adapters/http/responses.ts';

/** A browser that took nothing for this long is let go. */
export const STUCK_MS = 60_000;

/**
 * One browser that listens (server-sent events). Nothing is queued for it beyond what the socket takes: while it is blocked,
 * `isBlocked` says so, and whoever sends leaves it out and comes back with the newest.
 */
export class EventStream {
  readonly #response: ServerResponse;
  #isBlocked = false;
  /** Times that it was left out. */
  skipped = 0;

  constructor(response: ServerResponse, onClose: () => void) {
    this.#response = response;
    response.writeHead(200, {
      ...securityHeaders(),
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      connection: 'keep-alive',
    });
    response.on('drain', () => {
      this.#isBlocked = false;
    });
    response.on('close', onClose);
    // A reset connection is closed, too.
    response.on('error', () => {});
    this.#write('retry: 1000\n\n');
  }

  get isBlocked(): boolean {
    return this.#isBlocked;
  }

  send(event: string, data: unknown): void {
    this.sendText(event, JSON.stringify(data));
  }

  /** JSON that was written once for all who are to have it. */
  sendText(event: string, json: string): void {
    this.#write(`event: ${event}\ndata: ${json}\n\n`);
  }

  end(): void {
    this.#response.end();
    this.#response.destroy();
  }

  #write(text: string): void {
    if (this.#response.destroyed) return;
    if (!this.#response.write(text)) this.#isBlocked = true;
  }
}
