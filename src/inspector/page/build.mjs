/**
 * Builds the inspector's page into dist/inspector-page, unless it is newer than everything that it is made from. Run by
 * `npm run build`; the package carries the result.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('../../../', import.meta.url));
const out = join(root, 'dist/inspector-page');

/** Of this process. */
let building;

/** Resolves with whether it had to be built; whoever asks meanwhile or later waits for the same build. */
export function buildPage() {
  building ??= buildIfStale();
  return building;
}

async function buildIfStale() {
  const built = join(out, 'index.html');
  const sources = [...filesBelow(here), join(root, 'package-lock.json')];
  if (existsSync(built) && sources.every((file) => statSync(file).mtimeMs < statSync(built).mtimeMs)) return false;
  const fresh = join(root, '.cache', `inspector-page-${process.pid}`);
  try {
    await buildInto(fresh);
    takePlace(fresh);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  return true;
}

async function buildInto(folder) {
  // Loaded only when there is something to do.
  const { build } = await import('vite');
  await build({
    configFile: false,
    root: here,
    base: '/',
    publicDir: join(here, 'public'),
    logLevel: 'warn',
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: {
      outDir: folder,
      emptyOutDir: true,
      target: 'es2022',
      // Inlined pictures would be refused by the page's own policy.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
    },
  });
}

/** Another process may be reading the page that is there, which is gone for a moment only, or may have built the same one meanwhile. */
function takePlace(fresh) {
  mkdirSync(dirname(out), { recursive: true });
  rmSync(out, { recursive: true, force: true });
  try {
    renameSync(fresh, out);
  } catch (error) {
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
  }
}

function filesBelow(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildPage();
