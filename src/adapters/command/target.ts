import type { Clock } from '../../ports/clock.ts';
import { targetError, type Target } from '../../ports/target.ts';
import type { Asked } from '../external/answer.ts';
import type { Question } from '../external/question.ts';
import { createExternalTarget } from '../external/target.ts';
import type { Runner } from './runner.ts';

/** One pool that is scaled by a program of the user's. */
export interface CommandPoolSettings {
  readonly pool: string;
  /** Program and arguments: started anew for each question, which it reads from stdin and answers on stdout. */
  readonly command: readonly string[];
  readonly workingDirectory: string | undefined;
  /** Its whole environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** For one question, milliseconds. */
  readonly timeoutMs: number;
}

export interface CommandTarget extends Target {
  /** Ends what runs. */
  close(): void;
}

/** EX_TEMPFAIL of sysexits.h: nothing happened, ask again. */
const TEMPORARY_FAILURE = 75;
const OUTPUT_BYTES_MAX = 64 * 1024;

export function createCommandTarget(settings: CommandPoolSettings, clock: Clock, runner: Runner): CommandTarget {
  const { pool, command, workingDirectory, env, timeoutMs } = settings;
  /** Arguments may hold a key. */
  const who = command[0] ?? '';
  const closed = new AbortController();

  const ask = async (question: Question): Promise<Asked> => {
    const input = JSON.stringify(question);
    const ran = await runner.run({ command, workingDirectory, env, input, timeoutMs, bytesMax: OUTPUT_BYTES_MAX }, closed.signal);
    if (ran.kind === 'not-started') return targetError('unavailable', `${who}: ${ran.message}`);
    const isWrite = question.do === 'scale';
    if (ran.kind === 'cut') return targetError(isWrite ? 'unknown-outcome' : 'unavailable', `${who}: ${ran.message}`);
    if (ran.code === 0) return { ok: true, text: ran.output };
    const isUncertain = isWrite && ran.code !== TEMPORARY_FAILURE;
    const words = ran.complaint === '' ? '' : `: ${ran.complaint}`;
    return {
      ...targetError(isUncertain ? 'unknown-outcome' : 'unavailable', `${who}: it exited with code ${ran.code}${words}`),
      text: ran.output,
    };
  };

  const target = createExternalTarget({ kind: 'command', pool, who, clock, ask });
  return {
    kind: target.kind,
    get capabilities() {
      return target.capabilities;
    },
    get: (name) => target.get(name),
    scale: (request) => target.scale(request),
    close() {
      closed.abort();
    },
  };
}
