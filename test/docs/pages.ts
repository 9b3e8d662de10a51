/** The documentation as its tests read it: pages, and the commands that they tell people to type. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));
export const pages: readonly string[] = [
  ...readdirSync(`${root}docs`)
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
  'README.md',
  'CONTRIBUTING.md',
];

export const read = (path: string): string => readFileSync(root + path, 'utf8');

/** What begins with it is typed into a shell. */
const PROGRAM = /^(?:[A-Z_]+=\S+ )*(?:forescale|npx|npm|node|kubectl|helm|docker|podman|systemctl|redis-cli|open|python3) \S/;

export interface Command {
  readonly page: string;
  /** As it stands, without a comment at its end. */
  readonly text: string;
}

/** Commands of a page, each once: in code of a line, in indented code and in blocks that are no program's text. */
export function commandsOf(page: string): Command[] {
  const blocks: string[] = [];
  const rest = read(page).replaceAll(/^```(\w*)\n(.*?)^```$/gms, (_whole, language: string, body: string) => {
    if (['', 'sh', 'bash'].includes(language)) blocks.push(...body.split('\n'));
    return '';
  });
  const indented = [...rest.matchAll(/^ {4}(\S.*)$/gm)].map(([, line = '']) => line);
  const inline = [...rest.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
  const texts = [...blocks, ...indented, ...inline].map((text) => text.replace(/\s+#.*$/, '').trim()).filter((text) => PROGRAM.test(text));
  return [...new Set(texts)].map((text) => ({ page, text }));
}
