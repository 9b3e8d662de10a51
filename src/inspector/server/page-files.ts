import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

export interface PageFile {
  readonly type: string;
  readonly plain: Buffer;
  readonly gzip: Buffer;
  readonly etag: string;
  /** Its name changes with its content. */
  readonly isImmutable: boolean;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const BESIDE = new URL('../../../inspector-page/', import.meta.url);
const BUILT = new URL('../../../dist/inspector-page/', import.meta.url);

/** The built page: beside the built program, or under dist when the program runs from its sources. */
export function pageFolder(): string {
  return fileURLToPath([BESIDE, BUILT].find((folder) => existsSync(new URL('index.html', folder))) ?? BUILT);
}

/** All files of the page, in memory, by path. Empty when it was not built. Only these are served: no path leads elsewhere. */
export async function loadPageFiles(folder: string): Promise<ReadonlyMap<string, PageFile>> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const files = new Map<string, PageFile>();
  for (const name of names) {
    const type = TYPES[extname(name)];
    if (type === undefined) continue;
    const plain = await readFile(join(folder, name));
    const path = `/${relative(folder, join(folder, name)).split(sep).join('/')}`;
    files.set(path, { type, plain, gzip: gzipSync(plain), etag: etagOf(plain), isImmutable: path.startsWith('/assets/') });
  }
  return files;
}

function etagOf(content: Buffer): string {
  return `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`;
}
