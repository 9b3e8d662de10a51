import { BusError } from '../../ports/bus.ts';

/** Server errors that say: refused for lack of room, and nothing happened. */
const FULL = /^OOM /;

/**
 * What went wrong at Redis, in the words of the port. The error of the client is not kept: it carries the command with all its
 * arguments, a password among them.
 */
export function toBusError(error: unknown): BusError {
  if (error instanceof BusError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (FULL.test(message)) return new BusError('full', `Redis has no memory left: ${message}`);
  return new BusError('unavailable', `Redis: ${wordsFor(message)}`);
}

function wordsFor(message: string): string {
  if (message.startsWith('Reached the max retries') || message === 'Connection is closed.')
    return 'the connection was lost, and whether the command was carried out is unknown';
  if (message.startsWith("Stream isn't writeable")) return 'not connected';
  if (message.startsWith('READONLY')) return 'this server is a replica and takes no writes';
  return message;
}
