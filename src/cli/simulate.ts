import type { Command } from 'commander';
import type { SimulateFlags } from './simulate-run.ts';

const HELP = `
Virtual time: days pass in seconds, and the same seed gives the same bytes. Every policy meets the same demand and decides
once per interval, at its end. Policies: predictive, hpa, kpa, target-tracking,
step-schedule, phpa, crane, additive, reactive, static, and the oracles perfect and optimal; a knob follows the name:
  predictive:0.01  objective    hpa:0.7  target utilisation    static:12  replicas
  predictive:price=100  what a short minute costs, in minutes of one replica, in the place of the objective
  predictive:0.01+band=0.04x0.02  what a change up and down has to save, as shares of the count (deadBand)

Examples:
  $ forescale simulate sim/scenarios/flash-crowd.yaml
  $ forescale simulate --trace web.csv --policy predictive,hpa:0.7,perfect --out report
  $ forescale simulate sim/scenarios/step.yaml --policy predictive --out report --messages
  $ forescale simulate --trace web.csv --policy predictive:price=30,predictive:price=100,predictive:price=300
  $ forescale simulate --trace log.csv.gz --lead-time 60,120 --max 40 --json

Writes with --out DIR: DIR/report.html, DIR/report.json and for each policy DIR/<policy>/timeline.csv
(time,demand,required,ready,requested,cpu,queue,latency_p95,violation; seconds) and decisions.jsonl.
With --messages also messages.jsonl for each policy that has actors (predictive): what each actor took, one JSON a line,
for stepping through it with \`forescale inspect DIR\`. At most 100,000 messages or 128 MB of one policy, the first ones;
the last line says how many more there were (leftOut).
Exit code: 0 done, 1 an expectation of the scenario does not hold, 2 the input cannot be used.`;

export function registerSimulate(program: Command): void {
  program
    .command('simulate')
    .description('compare scaling policies on a scenario or a recorded trace, in virtual time')
    .argument('[scenario]', 'scenario file (YAML)')
    .option('--trace <file>', 'recorded demand instead: timestamp,value[,filled], a family or a request log; .gz is unpacked')
    .option('--policy <names>', 'policies, separated by commas')
    .option('--seed <n>', 'whole number that all randomness comes from; default 1 or the scenario’s')
    .option('--out <dir>', 'folder for the report and the timelines')
    .option('--messages', 'with --out: write down the messages that actors take, too')
    .option('--json', 'print the report as JSON')
    .option('--replica-capacity <units>', 'trace units that one replica serves per interval; default peak of the first half / 20')
    .option('--lead-time <p50,p95>', 'seconds from the request of a replica to its readiness', '120,180')
    .option('--min <n>', 'replicas that always run', '1')
    .option('--max <n>', 'replicas at the most; default 4 times what the peak of the first half needs')
    .option('--objective <share>', 'allowed share of intervals with too few ready replicas', '0.01')
    .option('--short-minute-price <minutes>', 'what a short minute costs, in minutes of one replica: as shortMinutePrice of a pool')
    .addHelpText('after', HELP)
    .action(async (scenario: string | undefined, flags: SimulateFlags, command: Command) => {
      const { runSimulate } = await import('./simulate-run.ts');
      const given = new Set(Object.keys(flags).filter((name) => command.getOptionValueSource(name) === 'cli'));
      await runSimulate(scenario, flags, given);
    });
}
