import { createSocket, type Socket } from 'node:dgram';
import type { SourceSettings, StatsdSettings } from '../config/source-settings.ts';
import { LoadBook } from './load-book.ts';
import { repeat, type Repeat } from './repeat.ts';
import { SignalReader } from './signal-reader.ts';
import { createRefusals, type Source, type SourceContext } from './source.ts';
import { readStatsdLine } from './statsd-line.ts';

/** An interval is told this long after its end: the total waits for half an interval only. */
const TELL_AFTER_MS = 20;
/** A producer that was not heard for so many intervals is not known to be idle: it is missing. */
const HEARD_WITHIN_INTERVALS = 3;
const LABEL = 'statsd';

export interface StatsdSource extends Source {
  /** Where it listens; undefined before it does. */
  readonly port: number | undefined;
}

/** Listens for StatsD over UDP. */
export function createStatsdSource({ pool, intervalMs }: SourceSettings, settings: StatsdSettings, context: SourceContext): StatsdSource {
  const { clock, log, meter, emit } = context;
  const book = new LoadBook({ pool, intervalMs, emit });
  const reader = new SignalReader(settings, book);
  const refuse = createRefusals(context, LABEL);
  const heardMs = new Map<string, number>();
  let watchedMs = clock.nowMs();
  let socket: Socket | undefined;
  let ticking: Repeat | undefined;
  let port: number | undefined;

  const take = (packet: Buffer, sender: string): void => {
    const nowMs = clock.nowMs();
    for (const line of packet.toString('utf8').split('\n')) {
      if (line === '') continue;
      const reading = readStatsdLine(line);
      if (reading === undefined) refuse('bad-line', line);
      if (reading === undefined || reading === 'ignored' || !reader.isWanted(reading.metric)) continue;
      const producer = reader.take(reading, sender, nowMs, nowMs, false);
      if (producer === undefined) continue;
      meter.count('forescale_agent_samples_total', { source: LABEL });
      heardMs.set(producer, nowMs);
    }
  };

  const tick = (): Promise<void> => {
    const nowMs = clock.nowMs();
    for (const producer of book.producers) {
      if (nowMs - (heardMs.get(producer) ?? 0) <= HEARD_WITHIN_INTERVALS * intervalMs) book.watch(producer, watchedMs, nowMs);
      else {
        book.forget(producer);
        heardMs.delete(producer);
      }
    }
    watchedMs = nowMs;
    return Promise.resolve();
  };

  return {
    get port() {
      return port;
    },
    async start() {
      const opened = createSocket(settings.host.includes(':') ? 'udp6' : 'udp4');
      socket = opened;
      await new Promise<void>((resolve, reject) => {
        opened.once('error', reject);
        opened.bind(settings.port, settings.host, resolve);
      });
      opened.on('error', (error) => log.warn({ source: LABEL, error }, 'the socket failed'));
      opened.on('message', (packet, { address }) => take(packet, address));
      port = opened.address().port;
      ticking = repeat(clock, intervalMs, tick, TELL_AFTER_MS);
    },
    async stop() {
      await ticking?.stop();
      socket?.close();
      socket = undefined;
    },
  };
}
