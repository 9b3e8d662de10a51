/** `npm run bench` lists the benchmarks; `npm run bench -- NAME [arguments]` runs one; `npm run bench -- all` runs all. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

interface Benchmark {
  run(args: readonly string[]): Promise<void>;
}

const here = fileURLToPath(new URL('.', import.meta.url));
const names = readdirSync(here)
  .filter((file) => file.endsWith('.ts') && file !== 'run.ts')
  .map((file) => file.slice(0, -3))
  .sort();

const [wanted, ...args] = process.argv.slice(2);
if (wanted === undefined || (wanted !== 'all' && !names.includes(wanted))) {
  if (wanted !== undefined) console.error(`no benchmark is called ${wanted}`);
  console.error(`usage: npm run bench -- NAME [arguments]\nbenchmarks: ${names.join(', ')}, all`);
  process.exit(wanted === undefined ? 0 : 2);
}
for (const name of wanted === 'all' ? names : [wanted]) {
  console.log(`\n== ${name}`);
  const benchmark = (await import(`./${name}.ts`)) as Benchmark;
  await benchmark.run(args);
}
