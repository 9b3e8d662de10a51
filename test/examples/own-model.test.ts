import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const example = fileURLToPath(new URL('../../examples/own-model/main.ts', import.meta.url));

test('example: a model of one’s own that knows when batch jobs start earns most of the weight and lowers the loss', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', example]);
  const [, weight] = /weight of the model: (\d+)%/.exec(stdout) ?? [];
  const [, without, withModel] = /at 0\.95: ([\d.]+) without it, ([\d.]+) with it/.exec(stdout) ?? [];
  assert.ok(Number(weight) > 50, stdout);
  assert.ok(Number(withModel) < 0.8 * Number(without), stdout);
});
