import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createCommandTarget, type CommandTarget } from '../../../src/adapters/command/target.ts';
import { createRunner } from '../../../src/adapters/command/runner.ts';
import { clock } from '../local/support.ts';

/** One for all tests of a file. */
const runner = createRunner();
const SCALER = fileURLToPath(new URL('scaler.mjs', import.meta.url));

/** The scaler's folder: what it did, and what it is to do wrong next. */
export interface Desk {
  readonly folder: string;
  target(given?: { readonly timeoutMs?: number; readonly command?: readonly string[] }): CommandTarget;
  arm(at: string, kind: string): void;
  isArmed(): boolean;
  effects(): readonly number[];
  read(name: string): string;
  close(): void;
}

export function openDesk(kind: 'keeps' | 'forgetful' = 'keeps'): Desk {
  const folder = mkdtempSync(join(tmpdir(), 'forescale-command-'));
  const path = (name: string): string => join(folder, name);
  const read = (name: string): string => (existsSync(path(name)) ? readFileSync(path(name), 'utf8') : '');
  writeFileSync(path('state.json'), JSON.stringify({ requestedReplicas: 1, generation: 0, minReplicas: 1, maxReplicas: 8 }));
  return {
    folder,
    target: ({ timeoutMs = 10_000, command = [process.execPath, SCALER, kind] } = {}) =>
      createCommandTarget({ pool: 'web', command, workingDirectory: folder, env: { PATH: process.env['PATH'] }, timeoutMs }, clock, runner),
    arm(at, fault) {
      rmSync(path('written'), { force: true });
      writeFileSync(path('fault'), JSON.stringify({ at, kind: fault }));
    },
    isArmed: () => existsSync(path('fault')),
    effects: () =>
      read('journal')
        .split('\n')
        .filter((line) => line !== '')
        .map(Number),
    read,
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}
