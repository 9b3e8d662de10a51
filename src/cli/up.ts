import type { Command } from 'commander';
import type { UpFlags } from './up/flags.ts';

const HELP = `
Without a config: three kinds of requests from a load that comes and goes every three minutes, against processes on this
machine, which are started before they are needed and drained before they are stopped. The first forecast needs a few
seconds, a good one has seen two or three cycles. Nothing leaves this machine, and nothing is left behind.

In a terminal: a panel that is repainted, decisions scroll above it. Otherwise: a line every 5 s and one for each decision.
With --json: one object a line, of the kinds started, tick, decision, action, stopped.

Examples:
  $ forescale up
  $ forescale up --for 10m --json > run.jsonl
  $ forescale up --config examples/local-service.yaml --port 8080

The page that shows every pool, decision and actor, and why, is printed at the start. It only shows, unless --inspector-act
is given. Where others can reach it (--inspector 0.0.0.0:4270) it needs a token, in FORESCALE_INSPECTOR_TOKEN,
or certificates of clients (inspector.tls.clientCaFile of the config).

With --bus redis://… (or FORESCALE_BUS) nodes share the work: start the same command on each machine, that is all. A node
that dies is replaced by the others, one that is stopped hands its work over first. docs/redis.md tells what Redis needs.

Ctrl-C lets the requests in flight finish and stops everything; a second Ctrl-C stops at once.
Exit code: 0 stopped in order, 1 something failed, 2 the config or an option cannot be used.`;

export function registerUp(program: Command): void {
  program
    .command('up')
    .description('run a node until it is stopped; without a config, a service and its load on this machine')
    .option('--config <file>', 'what to scale, and how (YAML); `forescale check FILE` checks it')
    .option(
      '--bus <url>',
      'where the streams are: `memory`, or redis://… for a node of a cluster',
      process.env['FORESCALE_BUS'] ?? 'memory',
    )
    .option('--failover <profile>', 'how soon a dead node is replaced: normal (3 s) or fast (1.5 s); alike on all nodes', 'normal')
    .option('--new-config', 'join although the living nodes have another config, to bring a change to all of them')
    .option('--health <address>', 'where /healthz and /readyz are told to whoever watches, e.g. 0.0.0.0:4271')
    .option('--for <duration>', 'stop by itself after this long, e.g. 30s, 10m, 1h30m')
    .option('--json', 'print JSON, one object a line')
    .option('--port <n>', 'port of the load balancer of the first pool; 0: any free one')
    .option('--inspector <address>', 'where the page that shows it all is served, or `off` (default: 127.0.0.1:4270)')
    .option('--inspector-act', 'let people pause and override pools from the page')
    .option('--log-file <file>', 'append the log to a file')
    .option('--verbose', 'show the log, in detail')
    .addHelpText('after', HELP)
    .action(async (flags: UpFlags) => {
      const { runUp } = await import('./up/run.ts');
      await runUp(flags);
    });
}
