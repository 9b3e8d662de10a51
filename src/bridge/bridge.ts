/** Carries messages between the bus and a broker that others own, in both directions, until it is stopped. */
import type { Bus } from '../ports/bus.ts';
import { sleep, type Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Meter } from '../ports/meter.ts';
import type { Queue } from '../ports/queue.ts';
import { carryIn } from './carry-in.ts';
import { carryOut } from './carry-out.ts';
import type { BridgeSettings } from './settings.ts';

export interface BridgeOptions {
  readonly settings: BridgeSettings;
  readonly queue: Queue;
  readonly bus: Pick<Bus, 'append' | 'readTopic' | 'readBookmark' | 'writeBookmark'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
}

export interface Bridge {
  /** Whether the broker is connected. */
  readonly isConnected: boolean;
  /** Nothing is taken any more; what was not confirmed comes again next time. Closes the queue. */
  stop(): Promise<void>;
}

const TELL_EVERY_MS = 5_000;

export function startBridge({ settings, queue, bus, clock, log, meter }: BridgeOptions): Bridge {
  const end = new AbortController();
  const context = { bridge: settings.name, queue, clock, log: log.child({ bridge: settings.name }), meter };
  const guard = (direction: Promise<void>): Promise<void> =>
    direction.catch((error: unknown) => {
      if (!end.signal.aborted) context.log.error({ error }, 'the bridge ended');
    });
  const running = [
    ...(settings.in === undefined ? [] : [guard(carryIn(settings.in, context, bus, end.signal))]),
    ...(settings.out === undefined ? [] : [guard(carryOut(settings.out, context, bus, end.signal))]),
  ];
  const tellConnection = async (): Promise<void> => {
    for (; !end.signal.aborted; await sleep(clock, TELL_EVERY_MS, end.signal))
      meter.gauge('forescale_bridge_connected', queue.isConnected ? 1 : 0, { bridge: settings.name });
  };
  running.push(tellConnection());
  return {
    get isConnected() {
      return queue.isConnected;
    },
    async stop() {
      end.abort('stopped');
      await queue.close();
      await Promise.all(running);
    },
  };
}
