/**
 * The little of Helm's templates that the chart uses: values by path, `toJson`, `quote`, `sha256sum`, a range over a list, and an if.
 * Anything else throws, so that the chart stays within it. Where Helm is installed, the test compares with Helm itself.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse, parseAllDocuments } from 'yaml';

type Scope = Readonly<Record<string, unknown>>;

export const chart = fileURLToPath(new URL('../../deploy/helm/forescale/', import.meta.url));
export const values = parse(readFileSync(`${chart}values.yaml`, 'utf8')) as Scope;

export interface Document {
  readonly kind: string;
  readonly metadata?: unknown;
  readonly data?: Readonly<Record<string, string>>;
}

export function documentsOf(text: string): Document[] {
  return parseAllDocuments(text).map((document) => {
    assert.deepEqual(document.errors, []);
    return document.toJS() as Document;
  });
}

/** The chart's documents with these values in the place of its own. */
export function renderChart(given: Scope, namespace = 'NAMESPACE'): Document[] {
  const scope = { Values: { ...values, ...given }, Release: { Name: 'forescale', Namespace: namespace } };
  return readdirSync(`${chart}templates`).flatMap((file) => {
    const text = renderTemplate(readFileSync(`${chart}templates/${file}`, 'utf8'), scope);
    return text.trim() === '' ? [] : documentsOf(text);
  });
}

function renderTemplate(text: string, scope: Scope): string {
  const chosen = text.replaceAll(/(^|\n *)\{\{- if (\S+) \}\}(.*?)\n *\{\{- end \}\}/gs, (_whole, _start, path: string, body: string) =>
    valueAt(path, scope) === true ? body : '',
  );
  const ranged = chosen.replaceAll(/\n *\{\{- range (\S+) \}\}(.*?)\n *\{\{- end \}\}/gs, (_whole, path: string, body: string) =>
    (valueAt(path, scope) as readonly unknown[]).map((item) => body.replaceAll('{{ . }}', String(item))).join(''),
  );
  return ranged.replaceAll(/\{\{ (.*?) \}\}/g, (_whole, expression: string) => String(evaluate(expression, scope)));
}

function evaluate(expression: string, scope: Scope): unknown {
  const [first = '', ...filters] = expression.split(' | ');
  const [, toJson, path = ''] = /^(toJson )?(\.[A-Za-z.]+)$/.exec(first) ?? [];
  if (path === '') throw new Error(`no template of ours: ${expression}`);
  const value = valueAt(path, scope);
  const start = toJson === undefined ? value : JSON.stringify(value, inOrder);
  return filters.reduce((text, filter) => {
    if (filter === 'quote') return JSON.stringify(String(text));
    if (filter === 'sha256sum') return createHash('sha256').update(String(text)).digest('hex');
    throw new Error(`no filter of ours: ${filter}`);
  }, start);
}

/** As Go writes JSON: keys in their order. */
function inOrder(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function valueAt(path: string, scope: Scope): unknown {
  const value = path
    .slice(1)
    .split('.')
    .reduce<unknown>((at, key) => (at as Scope | undefined)?.[key], scope);
  if (value === undefined) throw new Error(`there is no value ${path}`);
  return value;
}
