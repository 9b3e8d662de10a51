import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { cli } from './process.ts';

const folder = mkdtempSync(join(tmpdir(), 'forescale-check-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

test('check: the example can be used', async () => {
  const example = fileURLToPath(new URL('../../examples/local-service.yaml', import.meta.url));
  const { code, out } = await cli(['check', example]);
  assert.equal(code, 0);
  assert.match(out, /can be used/);
});

test('check: a workload of a cluster is told as what it is', async () => {
  const { code, out } = await cli([
    'check',
    file('cluster.yaml', 'pools: { shop: { capacity: { cpuMillicores: 1 }, target: { kind: kubernetes, workload: Deployment/web } } }'),
  ]);
  assert.equal(code, 0);
  assert.match(out, /shop: 1 to 100 replicas of Deployment web \(kubernetes, auto\); every 1m.*in shadow: it changes nothing/);
});

test('check: a broken config exits 2 and lists every problem with its line', async () => {
  const broken = file(
    'broken.yaml',
    'pools:\n  web:\n    interval: soon\n    capacity: { requestsPerSecond: -1 }\n    replicas: { min: 9, max: 2 }\n    colour: red\n',
  );
  for (const args of [
    ['check', broken],
    ['up', '--config', broken],
  ]) {
    const { code, out, err } = await cli(args);
    assert.equal(code, 2, args.join(' '));
    assert.equal(out, '');
    assert.match(err, /broken\.yaml:3.*interval/);
    assert.match(err, /broken\.yaml:4.*requestsPerSecond/);
    assert.match(err, /colour/);
  }
});

test('check: a file that is not there, is empty or is no YAML exits 2 with a sentence', async () => {
  const cases = [
    [join(folder, 'nowhere.yaml'), /nowhere\.yaml: wanted a config file that can be read, found nothing there/],
    [file('empty.yaml', ''), /empty\.yaml/],
    [file('text.yaml', 'pools: [unclosed'), /text\.yaml:1/],
  ] as const;
  for (const [path, said] of cases) {
    const { code, err } = await cli(['check', path]);
    assert.equal(code, 2, path);
    assert.match(err, said);
    assert.doesNotMatch(err, /\n\s+at /, 'no stack');
  }
});
