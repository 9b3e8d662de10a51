import { createPinoLog } from '../../adapters/pino/log.ts';
import type { LogLevel } from '../../config/settings.ts';
import { silentLog, type Log } from '../../ports/log.ts';
import type { Display } from './display.ts';
import type { UpFlags } from './flags.ts';

/**
 * Where the log goes: to the file if one is named, otherwise with --verbose above the panel or to standard error. Without
 * either, a terminal shows none, and everything else gets warnings and errors on standard error.
 */
export function openLog({ logFile, verbose, json }: UpFlags, configured: LogLevel, display: Display): Log {
  const level = verbose === true ? 'debug' : configured;
  if (logFile !== undefined) return createPinoLog({ level, destination: logFile });
  const isPanel = process.stdout.isTTY && json !== true;
  if (verbose !== true) return isPanel ? silentLog : createPinoLog({ level: atLeastWarn(configured) });
  if (!isPanel) return createPinoLog({ level });
  return createPinoLog({ level, destination: { write: (line) => display.log(line.trimEnd()) } });
}

function atLeastWarn(level: LogLevel): LogLevel {
  return level === 'debug' || level === 'info' ? 'warn' : level;
}
