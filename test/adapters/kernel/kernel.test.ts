import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KERNEL_BASE64 } from '../../../src/adapters/kernel/binary.ts';
import { compileKernel } from '../../../src/adapters/kernel/compile.ts';
import { createKernelEngine } from '../../../src/adapters/kernel/engine.ts';
import { createRandom } from '../../../src/adapters/system/random.ts';
import { initialParameters } from '../../../src/models/network/initial.ts';
import { createPlainEngine } from '../../../src/models/network/plain/engine.ts';
import type { NetworkSpec } from '../../../src/models/network/spec.ts';

const LEVELS = [0.05, 0.25, 0.5, 0.75, 0.95];

function differences(a: ArrayLike<number>, b: ArrayLike<number>): number {
  assert.equal(a.length, b.length);
  return Math.max(...Array.from(a, (value, i) => Math.abs(value - (b[i] ?? Number.NaN))));
}

test('kernel: the committed binary is what its source compiles to', async () => {
  assert.equal(Buffer.from(await compileKernel()).toString('base64'), KERNEL_BASE64);
});

for (const cell of ['lstm', 'gru'] as const) {
  for (const [units, steps, features, count] of [
    [4, 1, 1, 1],
    [8, 7, 5, 3],
    [16, 60, 10, 130],
  ] as const) {
    test(`kernel: ${cell} of ${units} units answers and learns as the plain twin does`, () => {
      const spec: NetworkSpec = { cell, units, steps, features, outputs: LEVELS.length };
      const random = createRandom(units);
      const draw = (length: number): Float32Array => Float32Array.from({ length }, () => 2 * random.next() - 1);
      const inputs = draw(count * steps * features);
      const kernel = createKernelEngine(spec, LEVELS);
      const plain = createPlainEngine(spec, LEVELS);
      const parameters = initialParameters(spec, random);
      kernel.load(parameters);
      plain.load(parameters);
      assert.deepEqual(kernel.save(), parameters);

      const answers = [kernel, plain].map((engine) => {
        const outputs = new Float32Array(count * LEVELS.length);
        engine.predict(inputs, count, outputs);
        return outputs;
      });
      assert.ok(differences(answers[0] ?? [], answers[1] ?? []) < 1e-5);

      const learned = Math.min(count, 64);
      const batch = { count: learned, inputs, targets: draw(learned * LEVELS.length), importances: new Float32Array(learned).fill(1) };
      kernel.differentiate(batch);
      plain.differentiate(batch);
      assert.ok(differences(kernel.gradient(), plain.gradient) < 1e-5);
      for (let i = 0; i < 5; i += 1) for (const engine of [kernel, plain]) engine.learn(batch, { rate: 0.01, normMax: 1 });
      assert.ok(differences(kernel.save(), plain.save()) < 1e-3);
      kernel.dispose();
    });
  }
}
