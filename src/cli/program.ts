import { Command, CommanderError } from 'commander';
import { InputError } from '../problems.ts';
import { registerAgent } from './agent.ts';
import { registerAutonomy } from './autonomy.ts';
import { registerBacktest } from './backtest.ts';
import { registerBootstrap } from './bootstrap.ts';
import { registerBridge } from './bridge.ts';
import { registerCheck } from './check.ts';
import { registerCluster } from './cluster.ts';
import { registerDoctor } from './doctor.ts';
import { registerDlq } from './dlq.ts';
import { registerDst } from './dst.ts';
import { registerExplain } from './explain.ts';
import { endWhenOutputCloses, processOutput, type Output } from './output.ts';
import { registerInit } from './init.ts';
import { registerInspect } from './inspect.ts';
import { registerSimulate } from './simulate.ts';
import { registerTop } from './top.ts';
import { registerUp } from './up.ts';
import { registerWatch } from './watch.ts';
import { ownVersion } from './version.ts';

const HELP = `
Start here:
  $ forescale up                                  a service, its load and an autoscaler on this machine
  $ forescale init                                looks around and writes forescale.yaml
  $ forescale backtest web.csv --out forecasts.csv  how well would your own load have been forecast?
  $ forescale simulate --trace web.csv            and what would it have cost, beside other autoscalers?

Exit code: 0 done, 1 something failed or does not hold, 2 the input cannot be used.`;

export function createProgram(output: Output = processOutput): Command {
  const program = new Command('forescale')
    .description('Predictive autoscaler: has capacity ready before the load arrives.')
    .version(ownVersion(), '-V, --version')
    .showSuggestionAfterError()
    .helpCommand('help [command]', 'show what a command does, with examples')
    .addHelpText('after', HELP)
    .configureOutput({ writeOut: output.out, writeErr: output.err })
    .exitOverride();
  registerUp(program);
  registerInit(program, output);
  registerCheck(program, output);
  registerBacktest(program, output);
  registerSimulate(program);
  registerExplain(program, output);
  registerAgent(program, output);
  registerAutonomy(program, output);
  registerBootstrap(program, output);
  registerBridge(program, output);
  registerWatch(program, output);
  registerCluster(program, output);
  registerDoctor(program, output);
  registerDlq(program, output);
  registerDst(program, output);
  registerInspect(program, output);
  registerTop(program, output);
  // Settings are not inherited by commands that were made before they were set.
  for (const command of program.commands)
    command.copyInheritedSettings(program).exitOverride().showHelpAfterError(`(forescale ${command.name()} --help shows how)`);
  return program;
}

/** Runs the command line `forescale <args>` and sets the exit code. */
export async function runProgram(args: readonly string[], output: Output = processOutput): Promise<void> {
  if (output === processOutput) endWhenOutputCloses();
  try {
    await createProgram(output).parseAsync(args, { from: 'user' });
  } catch (error) {
    output.setExitCode(report(error, output));
  }
}

/** Tells people what went wrong; returns the exit code. */
function report(error: unknown, { err }: Output): number {
  // Commander has said it already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof InputError) {
    err(`${error.message}\n`);
    return 2;
  }
  const message = error instanceof Error ? error.message : String(error);
  err(`forescale: ${message}\n`);
  if (process.env['FORESCALE_STACK'] === '1' && error instanceof Error) err(`${error.stack ?? ''}\n`);
  else err('FORESCALE_STACK=1 shows where it happened.\n');
  return 1;
}
