import type { RecordedMessage } from '../../src/inspector/api/recording.ts';
import { MESSAGE_LIMITS, toPlain } from '../../src/inspector/live/plain.ts';
import { traceOf } from '../../src/inspector/live/outline.ts';
import type { Delivered } from '../../src/runtime/tap.ts';

/** Of one policy. What comes after is counted. */
const MESSAGES_MAX = 100_000;
const CHARACTERS_MAX = 128 * 1024 * 1024;

/** What each actor of a run took, and where it stood after it: lines of messages.jsonl. Long lists are cut, as on the page. */
export class MessageRecord {
  readonly #lines: string[] = [];
  readonly #messagesMax: number;
  #characters = 0;
  #leftOut = 0;

  constructor(messagesMax = MESSAGES_MAX) {
    this.#messagesMax = messagesMax;
  }

  hear({ address, entry, message, outcome, active }: Delivered): void {
    if (this.#lines.length >= this.#messagesMax || this.#characters >= CHARACTERS_MAX) {
      this.#leftOut += 1;
      return;
    }
    const { name, source, traceparent, data } = message;
    const recorded: RecordedMessage = {
      atMs: entry.atMs,
      to: address,
      name,
      source,
      outcome,
      trace: traceOf(traceparent),
      bytes: entry.body.byteLength,
      active: [...active()],
      data: toPlain(data, MESSAGE_LIMITS),
    };
    const line = JSON.stringify(recorded);
    this.#characters += line.length;
    this.#lines.push(line);
  }

  /** The last line tells how many more there were, where there were more. */
  lines(): readonly string[] {
    return this.#leftOut === 0 ? this.#lines : [...this.#lines, JSON.stringify({ leftOut: this.#leftOut })];
  }
}
