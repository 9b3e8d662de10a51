import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { failure, type Answer } from './route.ts';

/**
 * A name that an attacker owns can be made to point at this address after his page was loaded (DNS rebinding); his page then
 * asks with that name as host. An address, localhost and names that were configured cannot be bent so.
 */
export function checkHost(request: IncomingMessage, hosts: readonly string[]): Answer | undefined {
  const host = request.headers.host ?? '';
  const name = hostName(host);
  if (name === 'localhost' || isIP(name) !== 0 || hosts.includes(name)) return undefined;
  return failure(
    421,
    'unknown-host',
    `This node does not answer to the name ${name === '' ? '(none)' : name}`,
    'Open it by its IP address or as localhost, or name it in `inspector.hosts`.',
  );
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}

function hostName(host: string): string {
  const [, bracketed] = /^\[([^\]]+)\](?::\d+)?$/.exec(host) ?? [];
  return (bracketed ?? host.replace(/:\d+$/, '')).toLowerCase();
}
