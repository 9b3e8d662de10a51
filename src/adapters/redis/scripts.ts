/** The Lua scripts: each a file in `lua/` whose head tells its keys, arguments and answer. Sent by hash, and whole when unknown. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Arg, Client } from './connections.ts';

const NAMES = [
  'acquire-lease',
  'append',
  'beat-lease',
  'claim-cluster',
  'commit',
  'complete-effect',
  'deliver',
  'drop-sent',
  'fire-timers',
  'load-shard',
  'outbox',
  'put-blob',
  'replay-letter',
  'trim',
] as const;
export type ScriptName = (typeof NAMES)[number];

interface Script {
  readonly source: string;
  readonly sha: string;
}

const scripts = new Map<ScriptName, Script>();

function scriptOf(name: ScriptName): Script {
  const known = scripts.get(name);
  if (known !== undefined) return known;
  const source = readFileSync(new URL(`lua/${name}.lua`, import.meta.url), 'utf8');
  const script = { source, sha: createHash('sha1').update(source).digest('hex') };
  scripts.set(name, script);
  return script;
}

/** Runs a script on a connection. The server may have forgotten it (restart, failover, SCRIPT FLUSH): then nothing has happened. */
export async function runScript(client: Client, name: ScriptName, keys: readonly string[], args: readonly Arg[]): Promise<unknown> {
  const { source, sha } = scriptOf(name);
  try {
    return await client.callBuffer('evalsha', [sha, keys.length, ...keys, ...args]);
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
    return await client.callBuffer('eval', [source, keys.length, ...keys, ...args]);
  }
}

/** The name of every script, for the check of a server. */
export const SCRIPT_NAMES: readonly ScriptName[] = NAMES;
