import { serveHealth } from '../adapters/http-health/server.ts';
import { createPinoLog } from '../adapters/pino/log.ts';
import { createPrometheusMeter } from '../adapters/prometheus/meter.ts';
import { createSystemClock } from '../adapters/system/clock.ts';
import { parseListen } from '../config/compile-inspector.ts';
import { openBridges } from '../open-bridges.ts';
import { InputError, ProblemList } from '../problems.ts';
import { openBus } from './open-bus.ts';
import type { Output } from './output.ts';
import { checkListen, readConfig } from './up/flags.ts';
import { createStopper } from './up/stopper.ts';

export interface BridgeFlags {
  readonly config: string;
  readonly bus: string;
  readonly health?: string;
}

/** Runs until a signal. @throws InputError before anything is carried. */
export async function runBridge(flags: BridgeFlags, { err }: Output): Promise<void> {
  const problems = new ProblemList();
  checkListen('--health', flags.health, problems);
  problems.throwIfAny();
  const { bridges: settings, node } = readConfig(flags.config);
  if (settings.length === 0) throw new InputError([{ place: `${flags.config} bridges`, wanted: 'at least one bridge', found: 'none' }]);
  const clock = createSystemClock();
  const log = createPinoLog({ level: node.logLevel });
  const meter = createPrometheusMeter();
  const stopper = createStopper();
  try {
    const bus = await openBus(flags.bus, 'bridge', clock, log, meter);
    try {
      const bridges = await openBridges(settings, { bus, clock, log, meter });
      const listen = flags.health === undefined ? undefined : parseListen(flags.health);
      const health =
        listen === undefined
          ? undefined
          : await serveHealth(listen.host, listen.port ?? 4_271, () => {
              const isReady = bus.state.isConnected && bridges.every(({ isConnected }) => isConnected);
              return { live: true, ready: isReady, reason: isReady ? null : 'a broker or the bus is not connected' };
            });
      err(`${settings.length} ${settings.length === 1 ? 'bridge carries' : 'bridges carry'}; Ctrl-C stops.\n`);
      await stopper.stopped;
      await Promise.all(bridges.map((bridge) => bridge.stop()));
      await health?.close();
    } finally {
      await bus.close();
    }
  } finally {
    stopper.end();
  }
}
