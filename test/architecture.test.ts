/**
 * Who may import whom, held by a test: data flows one way, no cycles (type imports included), and nothing pure touches
 * the world. The table is the one of ARCHITECTURE.md.
 */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Room of a file: the folder that the table speaks of. */
const ROOMS = [
  'models',
  'planning',
  'protocol',
  'ports',
  'actors',
  'runtime',
  'producer',
  'agent',
  'bridge',
  'init',
  'config',
  'adapters',
  'demo',
  'cli',
  'inspector',
  'serve',
];

/** What each room may import besides itself. `problems` is the shared error class; everybody may use it. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  models: [],
  protocol: ['models'],
  planning: ['models', 'protocol'],
  ports: ['models', 'protocol', 'planning'],
  actors: ['ports', 'protocol', 'planning', 'models', 'runtime'],
  runtime: ['ports', 'protocol'],
  producer: ['protocol', 'ports'],
  agent: ['protocol', 'ports', 'producer', 'config'],
  bridge: ['protocol', 'ports', 'runtime'],
  init: ['config'],
  config: ['models', 'planning', 'protocol', 'actors', 'bridge'],
  adapters: ['ports', 'protocol', 'models', 'planning', 'producer'],
  demo: ['producer', 'protocol', 'ports', 'adapters'],
  inspector: ['ports', 'protocol', 'planning', 'runtime', 'adapters'],
  serve: ['ports', 'protocol', 'inspector', 'adapters'],
};

/** Rooms in which time, randomness and I/O come through ports only. */
const PURE = ['models', 'planning', 'actors', 'runtime', 'protocol'];
const WORLD =
  /\b(Date\.now|new Date\(\)|Math\.random|setTimeout|setInterval|setImmediate|performance\.now|randomUUID|randomBytes|process\.\w+)\b/;

/** Programs, not modules: they touch the world by nature. */
const PROGRAMS = ['src/protocol/generate.ts'];

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.includes('node_modules'))
    .map((file) => join(folder, file))
    .sort();
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  const found = text.matchAll(/(?:from|import)\s*\(?\s*['"](\.[^'"]+\.ts)['"]/g);
  return [...found].map((match) => relative(root, resolve(root, dirname(file), match[1] ?? '')));
}

function roomOf(file: string): string | undefined {
  const [top, second] = file.split('/');
  if (top === 'sim') return 'sim';
  if (top !== 'src' || second === undefined) return undefined;
  return ROOMS.includes(second) ? second : 'root';
}

const files = [...sources('src'), ...sources('sim')];

test('architecture: every import goes the way of the table', () => {
  const wrong: string[] = [];
  for (const file of files.filter((name) => !PROGRAMS.includes(name))) {
    const allowed = MAY_IMPORT[roomOf(file) ?? ''];
    if (allowed === undefined) continue;
    for (const target of importsOf(file)) {
      const room = roomOf(target);
      if (room === roomOf(file) || target === 'src/problems.ts' || (room !== undefined && allowed.includes(room))) continue;
      wrong.push(`${file} imports ${target}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('architecture: actors take only types and machine building from the runtime, ports hold no cycle with anything', () => {
  const allowed = ['src/runtime/behavior.ts', 'src/runtime/machine.ts'];
  const wrong = files
    .filter((file) => roomOf(file) === 'actors')
    .flatMap((file) => importsOf(file).map((target) => [file, target] as const))
    .filter(([, target]) => roomOf(target) === 'runtime' && !allowed.includes(target));
  assert.deepEqual(wrong, []);
});

test('architecture: of the adapters, what is served takes those of HTTP only', () => {
  const wrong = files
    .filter((file) => ['inspector', 'serve'].includes(roomOf(file) ?? ''))
    .flatMap((file) => importsOf(file).map((target) => [file, target] as const))
    .filter(([, target]) => roomOf(target) === 'adapters' && !target.startsWith('src/adapters/http/'));
  assert.deepEqual(wrong, []);
});

test('architecture: there is no import cycle, type imports included', () => {
  const state = new Map<string, 'open' | 'done'>();
  const path: string[] = [];
  const visit = (file: string): void => {
    if (state.get(file) === 'done') return;
    path.push(file);
    assert.notEqual(state.get(file), 'open', `cycle: ${path.slice(path.indexOf(file)).join(' -> ')}`);
    state.set(file, 'open');
    for (const target of importsOf(file)) visit(target);
    state.set(file, 'done');
    path.pop();
  };
  for (const file of files) visit(file);
});

test('architecture: pure rooms touch the world through ports only', () => {
  const wrong: string[] = [];
  for (const file of files.filter((name) => PURE.includes(roomOf(name) ?? '') && !PROGRAMS.includes(name))) {
    for (const [index, line] of readFileSync(join(root, file), 'utf8').split('\n').entries()) {
      const code = line.replace(/\/\/.*|^\s*\*.*|^\s*\/\*\*.*/, '');
      if (WORLD.test(code)) wrong.push(`${file}:${index + 1} ${line.trim()}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('architecture: modules have named exports only, and no wildcard re-exports', () => {
  const wrong = files.filter((file) => /^export (\*|default)/m.test(readFileSync(join(root, file), 'utf8')));
  assert.deepEqual(wrong, []);
});
