/** TensorFlow.js is the judge of our engines: same network, same weights file, answers and gradients alike. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as tfjs from '@tensorflow/tfjs';
import { createKernelEngine } from '../../../src/adapters/kernel/engine.ts';
import { createRandom } from '../../../src/adapters/system/random.ts';
import { createTensorFlowEngine } from '../../../src/adapters/tensorflow/engine.ts';
import type { TensorFlow } from '../../../src/adapters/tensorflow/library.ts';
import { QUANTILE_LEVELS } from '../../../src/models/forecast.ts';
import type { Batch } from '../../../src/models/network/engine.ts';
import { initialParameters } from '../../../src/models/network/initial.ts';
import { toLayersModel } from '../../../src/models/network/layers-model.ts';
import { packNetwork, unpackNetwork } from '../../../src/models/network/packed.ts';
import { createPlainEngine } from '../../../src/models/network/plain/engine.ts';
import { fromLayersModel } from '../../../src/models/network/read-layers.ts';
import type { CellKind } from '../../../src/models/network/spec.ts';
import { levelsOf, specOf, type NetworkTask } from '../../../src/models/network/task.ts';

const tf = tfjs as unknown as TensorFlow;
const TASK: NetworkTask = { intervalMs: 60_000, horizonsMs: [300_000] };
const LEVELS = levelsOf(TASK);
const AGREEMENT = 1e-4;

function assertAlike(found: ArrayLike<number>, wanted: ArrayLike<number>, what: string): void {
  assert.equal(found.length, wanted.length, what);
  const worst = Math.max(...Array.from(found, (value, i) => Math.abs(value - (wanted[i] ?? Number.NaN))));
  assert.ok(worst < AGREEMENT, `${what}: ${worst} apart`);
}

function sample(cell: CellKind) {
  const spec = specOf(TASK, cell, 8, 7);
  const random = createRandom(3);
  const draw = (length: number): Float32Array => Float32Array.from({ length }, () => 2 * random.next() - 1);
  const count = 5;
  const targets = draw(count * spec.outputs);
  targets.fill(Number.NaN, 4, 9);
  const importances = Float32Array.from({ length: count }, () => 0.5 + random.next());
  const batch: Batch = { count, inputs: draw(count * spec.steps * spec.features), targets, importances };
  return { spec, batch, parameters: initialParameters(spec, random), count };
}

for (const cell of ['lstm', 'gru'] as const) {
  test(`tensorflow: kernel and twin answer, differentiate and learn as it does (${cell})`, async () => {
    const { spec, batch, parameters, count } = sample(cell);
    const judge = await createTensorFlowEngine(tf, spec, LEVELS);
    const kernel = createKernelEngine(spec, LEVELS);
    const twin = createPlainEngine(spec, LEVELS);
    const answersOf = (engine: typeof judge | typeof kernel | typeof twin): Float32Array => {
      const outputs = new Float32Array(count * spec.outputs);
      engine.predict(batch.inputs, count, outputs);
      return outputs;
    };
    for (const engine of [judge, kernel, twin]) engine.load(parameters);
    assert.deepEqual(judge.save(), parameters);
    const loss = judge.differentiate(batch);
    for (const [name, engine] of Object.entries({ kernel, twin })) {
      assertAlike(answersOf(engine), answersOf(judge), `${name}: answers`);
      assertAlike([engine.differentiate(batch)], [loss], `${name}: loss`);
    }
    assert.ok(judge.gradient().some((slope) => Math.abs(slope) > 1e-3));
    assertAlike(kernel.gradient(), judge.gradient(), 'kernel: gradient');
    assertAlike(twin.gradient, judge.gradient(), 'twin: gradient');
    for (let i = 0; i < 4; i += 1) for (const engine of [judge, kernel, twin]) engine.learn(batch, { rate: 0.003, normMax: 0.1 });
    assertAlike(answersOf(kernel), answersOf(judge), 'kernel: answers after four steps');
    assertAlike(answersOf(twin), answersOf(judge), 'twin: answers after four steps');
    judge.dispose();
  });

  test(`tensorflow: a model that it made and saved answers the same here, and one of ours there (${cell})`, async () => {
    const { spec, batch, count } = sample(cell);
    const shared = {
      units: spec.units,
      inputShape: [spec.steps, spec.features] as [number, number],
      recurrentActivation: 'sigmoid' as const,
    };
    const layer = cell === 'lstm' ? tfjs.layers.lstm(shared) : tfjs.layers.gru(shared);
    const theirs = tfjs.sequential({ layers: [layer, tfjs.layers.dense({ units: spec.outputs })] });
    const saved = await savedBy(theirs);
    const read = fromLayersModel(saved.json, saved.weights, TASK);
    assert.ok('spec' in read, String(read));
    assert.deepEqual(read.spec, spec);
    const kernel = createKernelEngine(read.spec, LEVELS);
    kernel.load(read.parameters);
    const ours = new Float32Array(count * spec.outputs);
    kernel.predict(batch.inputs, count, ours);
    const windows = tfjs.tensor(batch.inputs, [count, spec.steps, spec.features]);
    assertAlike(ours, (theirs.predict(windows) as tfjs.Tensor).dataSync(), 'read from it');

    const { json, weights } = toLayersModel(read);
    const back = await tfjs.loadLayersModel(
      tfjs.io.fromMemory({
        modelTopology: json.modelTopology,
        weightSpecs: json.weightsManifest[0].weights as tfjs.io.WeightsManifestEntry[],
        weightData: new Uint8Array(weights).buffer,
      }),
    );
    assertAlike(ours, (back.predict(windows) as tfjs.Tensor).dataSync(), 'written for it');
    assert.deepEqual(unpackNetwork(packNetwork(read)), read);
  });
}

async function savedBy(model: tfjs.LayersModel): Promise<{ readonly json: object; readonly weights: Uint8Array }> {
  let saved: { readonly json: object; readonly weights: Uint8Array } | undefined;
  await model.save(
    tfjs.io.withSaveHandler((artifacts) => {
      const weightsManifest = [{ paths: ['./weights.bin'], weights: artifacts.weightSpecs }];
      saved = {
        json: { modelTopology: artifacts.modelTopology, weightsManifest },
        weights: new Uint8Array(artifacts.weightData as ArrayBuffer),
      };
      return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } });
    }),
  );
  assert.ok(saved);
  return saved;
}

test('tensorflow: a model that our engines would compute otherwise is refused with every reason', async () => {
  const layers = [
    tfjs.layers.lstm({ units: 6, inputShape: [7, 3], activation: 'relu', recurrentActivation: 'hardSigmoid' }),
    tfjs.layers.dense({ units: QUANTILE_LEVELS.length, activation: 'relu' }),
  ];
  const { json, weights } = await savedBy(tfjs.sequential({ layers }));
  const problems = fromLayersModel(json, weights, TASK);
  assert.ok(Array.isArray(problems));
  for (const [i, wanted] of [
    /activation is "relu", wanted "tanh"/,
    /hard_sigmoid/,
    /dense: activation/,
    /9 outputs, wanted 18/,
    /3 features/,
    /multiple of 4/,
  ].entries()) {
    assert.match(String(problems[i]), wanted);
  }
  assert.match(String(fromLayersModel(json, weights)), /intervalMs/);
  assert.match(String(unpackNetwork('{"modelTopology":{},"files":{"weights.bin":""}}')), /layers none/);
  assert.match(String(unpackNetwork('{')), /not JSON/);
});
