import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createRandom } from '../../src/adapters/system/random.ts';
import { initialParameters } from '../../src/models/network/initial.ts';
import { toLayersModel } from '../../src/models/network/layers-model.ts';
import { packNetwork } from '../../src/models/network/packed.ts';
import { specOf } from '../../src/models/network/task.ts';
import { cli } from './process.ts';

const folder = mkdtempSync(join(tmpdir(), 'forescale-model-'));
after(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);

const task = { intervalMs: 60_000, horizonsMs: [300_000, 600_000] };
const spec = specOf(task, 'gru', 4, 8);
const network = { task, spec, parameters: initialParameters(spec, createRandom(1)) };
const { json, weights } = toLayersModel(network);
writeFileSync(at('model.json'), JSON.stringify(json));
writeFileSync(at('weights.bin'), weights);
writeFileSync(at('packed.json'), packNetwork(network));
const rows = Array.from(
  { length: 300 },
  (_, i) => `${1_700_000_040 + 60 * i},${Math.round(100 + 50 * Math.sin(i / 9) + ((i * 7_919) % 23))}`,
);
writeFileSync(at('web.csv'), `timestamp,value\n${rows.join('\n')}\n`);

test('backtest: a model of one’s own competes, as model.json with its weights beside it or packed, and its weight is told', async () => {
  const texts: string[] = [];
  for (const model of ['model.json', 'packed.json']) {
    const { code, err } = await cli(['backtest', at('web.csv'), '--out', at('o.csv'), '--horizons', '5,10', '--model', at(model)]);
    assert.equal(code, 0, err);
    assert.match(err, /^web: the model's weight is \d+\.\d% at the end$/m);
    texts.push(readFileSync(at('o.csv'), 'utf8'));
  }
  assert.equal(texts[0], texts[1]);
  await cli(['backtest', at('web.csv'), '--out', at('o.csv'), '--horizons', '5,10']);
  assert.notEqual(readFileSync(at('o.csv'), 'utf8'), texts[0], 'it has a say');
});

test('backtest: a model that is none, is not there, or is for something else is refused before any work', async () => {
  writeFileSync(at('text.json'), 'no model');
  const refusals = [
    [['--model', at('text.json')], /^--model: .*text\.json: not JSON/m],
    [['--model', at('none.json')], /^--model: .*none\.json/m],
    [['--model', at('model.json'), '--horizons', '5'], /^--model: .*horizons 5 min.*horizons 5, 10 min/m],
  ] as const;
  for (const [args, said] of refusals) {
    const { code, err } = await cli(['backtest', at('web.csv'), '--out', at('refused.csv'), ...args]);
    assert.equal(code, 2);
    assert.match(err, said);
  }
});
