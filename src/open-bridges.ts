import { startBridge, type Bridge, type BridgeOptions, type BridgeSettings } from './bridge/index.ts';
import { planQueue } from './open-queue.ts';

/** Reads the URLs of all bridges, then opens them. When it rejects, nothing is left open. @throws InputError */
export async function openBridges(
  all: readonly BridgeSettings[],
  ways: Omit<BridgeOptions, 'settings' | 'queue'>,
): Promise<readonly Bridge[]> {
  const plans = all.map((settings, i) => ({ settings, plan: planQueue(settings.url, `bridges.${i}.url`, process.env) }));
  const bridges: Bridge[] = [];
  try {
    for (const { settings, plan } of plans) {
      const log = ways.log.child({ bridge: settings.name });
      const queue = await plan.open({ name: `forescale:bridge:${settings.name}`, clock: ways.clock, log });
      bridges.push(startBridge({ ...ways, settings, queue }));
    }
  } catch (error) {
    await Promise.all(bridges.map((bridge) => bridge.stop()));
    throw error;
  }
  return bridges;
}
