/** What `npm pack` would publish: what the exports name, and nothing that users do not need. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

const root = fileURLToPath(new URL('..', import.meta.url));
const manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as {
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
};

test('package: every export has types and a source, the command exists, and nothing but dist, schemas and scenarios goes out', () => {
  const answer = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [packed] = JSON.parse(answer) as { readonly files: readonly { readonly path: string }[] }[];
  const paths = packed?.files.map(({ path }) => path) ?? [];
  const odd = paths.filter((path) => !/^(dist\/|schemas\/|sim\/scenarios\/|package\.json$|README\.md$|LICENSE$)/.test(path));
  assert.deepEqual(odd, []);
  assert.deepEqual(
    paths.filter((path) => /(^|\/)(test|bench|node_modules|\.env)(\/|$)|\.test\./.test(path)),
    [],
  );
  for (const [name, target] of Object.entries(manifest.exports)) {
    if (typeof target === 'string') continue;
    const [types, built] = [target['types'] ?? '', target['default'] ?? ''];
    assert.ok(types.endsWith('.d.ts') && built === types.replace(/\.d\.ts$/, '.js'), `${name} has types beside its code`);
    // What is built from the source that the export names.
    assert.ok(existsSync(`${root}${built.replace('./dist/', '').replace(/\.js$/, '.ts')}`), `${name}: ${built}`);
  }
  for (const file of Object.values(manifest.bin))
    assert.ok(existsSync(`${root}${file.replace('./dist/', '').replace(/\.js$/, '.ts')}`), file);
});

test('package: publint finds nothing wrong with it', async () => {
  const { messages } = await publint({ pkgDir: root, strict: true, pack: false });
  assert.deepEqual(
    messages.map((message) => formatMessage(message, manifest as never)),
    [],
  );
});

test('package: the types of what is packed are those of its code, for every entry and way of importing that it is for', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'forescale-pack-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const answer = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [packed] = JSON.parse(answer) as { readonly filename: string }[];
  const result = await checkPackage(createPackageFromTarballData(readFileSync(join(folder, packed?.filename ?? ''))));
  assert.ok(result.types !== false, 'it has types');
  assert.deepEqual(Object.keys(result.entrypoints), Object.keys(manifest.exports));
  // Modules only, from Node 20 on: the resolution of Node 10 knows no `exports`, and what requires it gets a module.
  const wrong = result.problems.filter(
    (problem) =>
      !(problem.kind === 'NoResolution' && problem.resolutionKind === 'node10') &&
      !(problem.kind === 'CJSResolvesToESM' && problem.resolutionKind === 'node16-cjs'),
  );
  assert.deepEqual(wrong, []);
});

test('package: its entries work for those who import it, with their types', () => {
  for (const name of Object.keys(manifest.exports).filter((entry) => !/schemas|package\.json/.test(entry))) {
    const entry = name.replace('.', 'forescale');
    // By its own name, through `exports`, as a user's program does.
    const script = `import(${JSON.stringify(entry)}).then((all) => console.log(Object.keys(all).length))`;
    const exported = execFileSync(process.execPath, ['-e', script], { cwd: root, encoding: 'utf8' });
    assert.ok(Number(exported) > 0, entry);
  }
});
