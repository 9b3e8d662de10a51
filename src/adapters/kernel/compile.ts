/**
 * `node --import tsx src/adapters/kernel/compile.ts` compiles `assembly/` and writes `binary.ts` beside this file. A test
 * compiles again and compares, so the two cannot drift apart.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ENTRY = 'index.ts';
const OUTPUT = 'kernel.wasm';
/** At most 32 MiB of memory. 112 warns that vectors cannot be passed to the host; none are. */
const OPTIONS = '-O3 --noAssert --runtime stub --enable simd --maximumMemory 512 --disableWarning 112'.split(' ');

/** What is used of the compiler. Its own types declare AssemblyScript's globals for every file of the program. */
interface Compiler {
  main(
    args: readonly string[],
    host: {
      readFile(name: string): string | null;
      writeFile(name: string, contents: unknown): void;
      listFiles(): readonly string[];
      stdout: { write(text: string | Uint8Array): boolean };
      stderr: { write(text: string | Uint8Array): boolean };
    },
  ): Promise<{ readonly error: Error | null }>;
}

const COMPILER: string = 'assemblyscript/asc';

/** @throws Error if AssemblyScript (a development dependency) is not installed or the sources do not compile. */
export async function compileKernel(): Promise<Uint8Array> {
  const { default: asc } = (await import(COMPILER)) as { readonly default: Compiler };
  const folder = new URL('./assembly/', import.meta.url);
  let binary: Uint8Array | undefined;
  const messages: string[] = [];
  const note = { write: (text: string | Uint8Array): boolean => messages.push(String(text)) > 0 };
  const { error } = await asc.main([ENTRY, '--outFile', OUTPUT, ...OPTIONS], {
    readFile: (name) => readSource(new URL(name, folder)),
    writeFile: (_name, contents) => {
      if (contents instanceof Uint8Array) binary = contents;
    },
    listFiles: () => [],
    stdout: note,
    stderr: note,
  });
  if (error !== null || binary === undefined) throw new Error(messages.join('') || 'nothing was compiled', { cause: error });
  return binary;
}

function readSource(url: URL): string | null {
  try {
    return readFileSync(url, 'utf8');
  } catch {
    // The compiler asks for names that a module might have, one after the other.
    return null;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const binary = await compileKernel();
  const text = `/** Compiled from \`assembly/\` by \`compile.ts\`: ${binary.length} bytes of WebAssembly, base64. */
export const KERNEL_BASE64 =
  '${Buffer.from(binary).toString('base64')}';
`;
  writeFileSync(new URL('./binary.ts', import.meta.url), text);
  console.log(`${binary.length} bytes`);
}
