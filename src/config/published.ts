/** The published documents of the config: its JSON Schema, for editors, and the page that lists every option. */
import { toPlainSchema } from '../protocol/published-schema.ts';
import type { SchemaNode } from '../protocol/schema-text.ts';
import { Config } from './schema.ts';
import { describeOption } from './schema-problems.ts';
import { branchesOf, kindsOf } from './union-errors.ts';

/** JSON Schema (2020-12) of the config. */
export function configSchema(): Readonly<Record<string, unknown>> {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'urn:forescale:schema:config:v1',
    ...toPlainSchema(Config),
  };
}

interface Section {
  readonly path: string;
  readonly node: SchemaNode;
  readonly isRequired: boolean;
}

interface Option extends Section {
  readonly default: string;
}

/** The page `docs/configuration.md`. */
export function configurationPage(): string {
  const sections = sectionsOf({ path: '', node: toPlainSchema(Config), isRequired: true });
  return `${INTRODUCTION}\n${sections.map(sectionText).join('\n')}`;
}

const INTRODUCTION = `# Configuration

<!-- Made by \`npm run generate\` from src/config/schema.ts. -->

\`forescale up --config FILE\` reads one YAML file; \`forescale check FILE\` only checks it. Everything that is wrong is told at
once, each with file, line, column and path, what was wanted and what was found, and nothing is started. Unknown keys are
refused. Only \`pools\`, and in each pool \`capacity\`, must be there.

- A duration is a text like \`90s\`, \`5m\` or \`1d6h\` (units ms, s, m, h, d), or a number of milliseconds.
- A size is a text like \`512MiB\` or \`1GB\` (units B, kB, MB, GB, TB, KiB, MiB, GiB, TiB), or a number of bytes.
- Editors complete and check the file with \`schemas/config.schema.json\` of the package:
  \`# yaml-language-server: $schema=./node_modules/forescale/schemas/config.schema.json\` as its first line.

\`\`\`yaml
pools:
  shop:
    interval: 1m
    capacity: { requestsPerSecond: 50 }
    replicas: { min: 2, max: 20 }
    target:
      kind: local
      command: [node, server.js]
\`\`\`
`;

/** An object and the objects below it, each a section of the page; a union by kind has a section for each. */
function sectionsOf(section: Section): readonly Section[] {
  const branches = branchesOf(section.node);
  if (branches !== undefined)
    return branches.flatMap((node) => sectionsOf({ ...section, path: `${section.path} (${kindsOf(node).join()})`, node }));
  const below = [...childrenOf(section)].filter(({ node }) => isSection(node) || isObject(node.items));
  return [section, ...below.flatMap((child) => sectionsOf(isSection(child.node) ? child : itemsOf(child)))];
}

function isSection(node: SchemaNode): boolean {
  return isObject(node) || branchesOf(node) !== undefined;
}

function itemsOf({ path, node, isRequired }: Section): Section {
  return { path: `${path}[]`, node: node.items ?? {}, isRequired };
}

function childrenOf({ path, node }: Section): readonly Section[] {
  const named = Object.entries(node.properties ?? {}).map(([key, child]) => ({
    path: path === '' ? key : `${path}.${key}`,
    node: child,
    isRequired: node.required?.includes(key) === true,
  }));
  const anyName = Object.values(node.patternProperties ?? {})
    .filter((child) => isObject(child))
    .map((child) => ({ path: `${path}.<name>`, node: child, isRequired: true }));
  return [...named, ...anyName];
}

/** An object with options of its own, not a mere table of texts. */
function isObject(node: SchemaNode | undefined): boolean {
  return node !== undefined && (node.properties !== undefined || Object.values(node.patternProperties ?? {}).some(isObject));
}

function sectionText(section: Section): string {
  const { path, node } = section;
  const options = childrenOf(section).map(toOption);
  const title = path === '' ? '## Top level' : `## \`${path}\``;
  const text = node.description === undefined ? '' : `\n${asSentence(node.description)}\n`;
  const rows = options.map(
    ({ path: name, node: child, default: value }) =>
      `| \`${name.slice(path === '' ? 0 : path.length + 1)}\` | ${escape(describeOption(child))} | ${escape(value)} | ${escape(child.description ?? '')} |`,
  );
  return `${title}\n${text}\n| option | takes | default | meaning |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`;
}

function toOption(section: Section): Option {
  const { node, isRequired } = section;
  if (isRequired) return { ...section, default: 'required' };
  if (node.$comment !== undefined) return { ...section, default: node.$comment };
  return { ...section, default: node.default === undefined ? 'none' : `\`${defaultText(node.default)}\`` };
}

function defaultText(value: unknown): string {
  return typeof value === 'string'
    ? value
    : JSON.stringify(value)
        .replaceAll('"', '')
        .replaceAll(/([:,])/g, '$1 ');
}

function asSentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function escape(text: string): string {
  return text.replaceAll('|', '\\|');
}
