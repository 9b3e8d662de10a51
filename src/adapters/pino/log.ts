import { pino, type DestinationStream, type Logger } from 'pino';
import type { Log } from '../../ports/log.ts';
import { redactFields } from './redact.ts';

export interface PinoLogOptions {
  /** Entries below it are not written. */
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** A file to append to, or a stream. Default: standard error. */
  readonly destination?: string | DestinationStream;
  /** Fields of every entry, e.g. the node's name. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/**
 * One JSON object a line: `level` as a word, `time` as ISO 8601, the fields without secrets, `msg`. Written at once, so that
 * the last words of a process that dies are there.
 * @throws if the file cannot be opened.
 */
export function createPinoLog(options: PinoLogOptions): Log {
  const { destination } = options;
  const stream =
    typeof destination === 'object' ? destination : pino.destination({ dest: destination ?? 2, append: true, mkdir: true, sync: true });
  const logger = pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: redactFields },
    },
    stream,
  );
  return toLog(options.fields === undefined ? logger : logger.child(redactFields(options.fields)));
}

function toLog(logger: Logger): Log {
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    child: (fields) => toLog(logger.child(redactFields(fields))),
  };
}
