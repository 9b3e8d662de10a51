import { ChildProcess } from 'node:child_process';
import { Server, Socket } from 'node:net';

/** What keeps this process alive, one line each, as far as Node tells: children, servers, sockets, and kinds of the rest with their number. */
export function openHandles(): string[] {
  const handles = (process as unknown as { _getActiveHandles(): unknown[] })._getActiveHandles();
  const kinds = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  return [...handles.flatMap(named), ...[...kinds].map(([kind, count]) => `${count} × ${kind}`)];
}

function named(handle: unknown): string[] {
  if (handle instanceof ChildProcess) return [`child ${handle.pid ?? '?'}: ${handle.spawnargs.slice(0, 4).join(' ')}`];
  if (handle instanceof Server) return [`server at ${JSON.stringify(handle.address())}`];
  if (handle instanceof Socket && handle.remoteAddress !== undefined)
    return [`socket from ${handle.localPort} to ${handle.remoteAddress}:${handle.remotePort}`];
  return [];
}
