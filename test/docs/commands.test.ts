/** Every `forescale` command in the documentation exists with its options; those in blocks marked `sh` are run. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createProgram } from '../../src/cli/program.ts';
import { parseConfig } from '../../src/config/parse.ts';
import { commandsOf, pages, read, root } from './pages.ts';

const folder = mkdtempSync(join(tmpdir(), 'forescale-docs-'));
after(() => rmSync(folder, { recursive: true, force: true }));

test('docs: every command that they name exists, with every option', () => {
  const program = createProgram();
  const names = new Set(program.commands.map((command) => command.name()));
  let seen = 0;
  for (const page of pages) {
    for (const { text: whole } of commandsOf(page)) {
      const [, text = ''] = /(?:^| )forescale (?:-- )?([a-z].*)$/.exec(whole) ?? [];
      const [name = '', ...words] = text.split(/[\s,;|]+/);
      if (name === 'help' || !/^[a-z]+$/.test(name)) continue;
      assert.ok(names.has(name), `${page}: forescale ${text}`);
      const command = program.commands.find((one) => one.name() === name);
      const options = [command, ...(command?.commands ?? [])].flatMap((one) => one?.options.map(({ long }) => long) ?? []);
      for (const option of words.filter((word) => /^--[a-z]/.test(word)).map((word) => word.replace(/[=\]).:].*$/, '')))
        assert.ok(options.includes(option) || option === '--help', `${page}: forescale ${text}: ${option}`);
      seen += 1;
    }
  }
  assert.ok(seen > 30, `${seen} commands`);
});

test('docs: blocks marked sh run as they stand', { timeout: 180_000 }, () => {
  const shim = join(folder, 'forescale');
  writeFileSync(
    shim,
    `#!/bin/sh\nexec "${process.execPath}" --import "${root}node_modules/tsx/dist/loader.mjs" "${root}src/cli/main.ts" "$@"\n`,
  );
  chmodSync(shim, 0o755);
  const blocks = pages.flatMap((page) =>
    [...read(page).matchAll(/^```sh\n(.*?)^```$/gms)].map(([, script = '']) => [page, script] as const),
  );
  assert.ok(blocks.length > 0);
  const environment = {
    ...process.env,
    PATH: `${folder}:${process.env['PATH'] ?? ''}`,
    KUBECONFIG: join(folder, 'none'),
    PROMETHEUS_URL: 'http://127.0.0.1:1',
  };
  for (const [page, script] of blocks) {
    const { status, stderr, stdout } = spawnSync('sh', ['-e', '-c', script], {
      cwd: folder,
      env: environment,
      encoding: 'utf8',
      timeout: 150_000,
    });
    assert.equal(status, 0, `${page}:\n${script}\n${stdout}\n${stderr}`);
  }
});

test('docs: every YAML of a whole config can be used, and every part of one, in a config', () => {
  for (const page of pages.filter((one) => !one.includes('configuration'))) {
    for (const [, yaml = ''] of read(page).matchAll(/^```yaml\n(.*?)^```$/gms)) {
      const isWhole = /^pools:/m.test(yaml);
      // Some show one option of a pool and leave the rest out.
      if (isWhole ? !yaml.includes('capacity') : !/^(sources|bridges):/m.test(yaml)) continue;
      const pools = isWhole
        ? ''
        : ['web', 'shop'].map((name) => `  ${name}: { interval: 1m, capacity: { requestsPerSecond: 1 } }\n`).join('');
      const parsed = parseConfig(isWhole ? yaml : `pools:\n${pools}${yaml}`, page);
      assert.ok(parsed.ok, parsed.ok ? '' : `${parsed.error.message}\n${yaml}`);
    }
  }
});

test('docs: links between pages lead somewhere', () => {
  // Patterns in the generated page look like links.
  for (const page of pages.filter((one) => !one.includes('configuration'))) {
    for (const [, path = ''] of read(page)
      .replaceAll(/`[^`\n]*`/g, '')
      .matchAll(/\]\((?!https?:)([^)#\s]+)(?:#[^)]*)?\)/g)) {
      const target = new URL(path, new URL(page, 'file:///')).pathname.slice(1);
      assert.doesNotThrow(() => readdirOrRead(root + target), `${page}: ${path}`);
    }
  }
});

function readdirOrRead(path: string): unknown {
  try {
    return readFileSync(path);
  } catch {
    return readdirSync(path);
  }
}
