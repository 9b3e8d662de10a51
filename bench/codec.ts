/** Codec: microseconds and bytes per message. Bars: small MessagePack decode + check under 5 us, JSON state report under 40 us. */
import { bench, do_not_optimize, run as measure, summary } from 'mitata';
import { decodeMessage, encodeMessage, type ContentType, type MessageName } from '../src/protocol/index.ts';
import { sampleMessage } from '../test/protocol/samples.ts';

const NAMES = ['timer-fired', 'confirmation', 'observation', 'state-report'] as const satisfies readonly MessageName[];
const FORMS: readonly (readonly [string, ContentType])[] = [
  ['json', 'application/json'],
  ['msgpack', 'application/msgpack'],
];

export async function run(): Promise<void> {
  for (const name of NAMES) {
    summary(() => {
      for (const [form, contentType] of FORMS) {
        const message = sampleMessage(name);
        const body = encodeMessage(message, contentType);
        bench(`encode ${name} ${form} (${body.byteLength} B)`, () => do_not_optimize(encodeMessage(message, contentType)));
        bench(`decode ${name} ${form}`, () => {
          const decoded = decodeMessage(body, contentType);
          if (!decoded.ok) throw new Error(decoded.error.message);
          do_not_optimize(decoded.message);
        });
      }
    });
  }
  await measure();
}
