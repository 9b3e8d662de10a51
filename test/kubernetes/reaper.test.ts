import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isAlive } from '../adapters/local/support.ts';
import { until } from '../until.ts';

const REAPER = new URL('reaper.ts', import.meta.url).href;

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  test(`reaper: ${signal} ends what was started and removes its folder`, { timeout: 60_000 }, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'forescale-reaper-'));
    const note = `${folder}.pid`;
    t.after(() => rmSync(note, { force: true }));
    const program = `
      import { spawn } from 'node:child_process';
      import { writeFileSync } from 'node:fs';
      import { reapAtExit } from ${JSON.stringify(REAPER)};
      const child = spawn('sleep', ['600'], { stdio: 'ignore' });
      reapAtExit([child], ${JSON.stringify(folder)});
      writeFileSync(${JSON.stringify(note)}, String(child.pid));
      setInterval(() => {}, 1000);
    `;
    const run = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], { stdio: 'ignore' });
    const ended = new Promise<number | null>((resolve) => void run.once('exit', resolve));
    await until(() => existsSync(note) && readFileSync(note, 'utf8') !== '', 'it has started its program', 40_000);
    const pid = Number(readFileSync(note, 'utf8'));
    assert.ok(isAlive(pid));
    run.kill(signal);
    assert.equal(await ended, code);
    await until(() => !isAlive(pid), 'its program is gone');
    assert.equal(existsSync(folder), false);
  });
}
