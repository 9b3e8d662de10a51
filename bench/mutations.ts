/**
 * Planted bugs: would the simulation of the cluster notice if a guard were missing? Runs seeds with guards switched off, one
 * at a time and in combinations, until one fails.
 *
 * `npm run bench -- mutations [SEEDS] [--all]`: at most SEEDS for each (default 200); with `--all` every one of them is run,
 * so that shares can be told, which takes long.
 */
import type { PlantedBug } from '../sim/dst/planted.ts';
import { runSuite } from '../sim/dst/suite.ts';

interface Mutation {
  readonly planted: readonly PlantedBug[];
  /** A single guard that others stand behind may be missing without a visible fault. */
  readonly mustBeFound: boolean;
}

const MUTATIONS: readonly Mutation[] = [
  { planted: ['no-fence'], mustBeFound: true },
  { planted: ['no-cursor-check'], mustBeFound: true },
  { planted: ['no-dedupe'], mustBeFound: true },
  { planted: ['no-generation'], mustBeFound: true },
  { planted: ['timers-lost'], mustBeFound: true },
  { planted: ['effects-lost'], mustBeFound: true },
  // The fence at the bus and the generation at the target hold what it lets through.
  { planted: ['no-local-guard'], mustBeFound: false },
  { planted: ['no-fence', 'no-cursor-check'], mustBeFound: true },
  { planted: ['no-fence', 'no-local-guard'], mustBeFound: true },
  { planted: ['no-cursor-check', 'no-local-guard'], mustBeFound: true },
  { planted: ['no-fence', 'no-cursor-check', 'no-local-guard'], mustBeFound: true },
  { planted: ['no-generation', 'no-local-guard'], mustBeFound: true },
  { planted: ['no-generation', 'no-fence'], mustBeFound: true },
];

const SEEDS_DEFAULT = 200;

export async function run(args: readonly string[]): Promise<void> {
  const isAll = args.includes('--all');
  const count = Number(args.find((arg) => /^\d+$/.test(arg)) ?? SEEDS_DEFAULT);
  console.log('guards switched off                              found  first seed  seeds run  failing  by');
  let missed = 0;
  for (const { planted, mustBeFound } of MUTATIONS) {
    const { failures, seeds } = await runSuite({ first: 1, count, planted, untilFailure: !isAll });
    const [first] = failures;
    const ids = [...new Set(failures.map(({ violation }) => violation?.id))].toSorted((a, b) => ((a ?? '') < (b ?? '') ? -1 : 1)).join(' ');
    const found = first === undefined ? (mustBeFound ? 'MISSED' : 'no') : 'yes';
    if (found === 'MISSED') missed += 1;
    const cells = [
      found.padStart(6),
      String(first?.draw.seed ?? '-').padStart(11),
      String(seeds).padStart(10),
      String(failures.length).padStart(8),
    ];
    console.log(`${planted.join(' + ').padEnd(48)}${cells.join(' ')}  ${ids}`);
  }
  if (missed > 0) process.exitCode = 1;
}
