/**
 * A node with many Kubernetes pools, as `up` makes it, in a process of its own and from the build: the loader of the sources takes
 * 60 MiB. `pools-program.mjs COUNT KUBECONFIG INTERVAL_MS`; does what its parent says: `start`, `load`, `memory`, `stop`.
 */
import { createSystemClock } from '../../dist/src/adapters/system/clock.js';
import { parseConfig } from '../../dist/src/config/parse.js';
import { openSession } from '../../dist/src/cli/up/open-session.js';
import { silentLog } from '../../dist/src/ports/log.js';

const [count, kubeconfig, interval] = process.argv.slice(2);
const intervalMs = Number(interval);
const clock = createSystemClock();
/** What two replicas can take. */
const load = { requests: (15 * intervalMs) / 1_000, cpuSeconds: 0, memoryBytes: 0, networkBytes: 0 };

const lines = Array.from(
  { length: Number(count) },
  (_, i) =>
    `  web-${i}: { interval: ${intervalMs}ms, capacity: { requestsPerSecond: 10 }, replicas: { min: 2, max: 9 }, autonomy: { level: full }, target: { kind: kubernetes, workload: Deployment/web-${i}, kubeconfig: ${kubeconfig} } }`,
);
const parsed = parseConfig(`pools:\n${lines.join('\n')}\n`, 'bench');
if (!parsed.ok) throw parsed.error;
const { settings } = parsed;

let session;
let telling;
let sequence = 0;

/** Told by one producer of each pool. */
async function tellAll() {
  sequence += 1;
  const intervalStartMs = (Math.floor(clock.nowMs() / intervalMs) - 1) * intervalMs;
  const common = { producer: 'p', intervalStartMs, intervalMs, load, byType: {}, bySource: { distinct: 1, top: [] } };
  await Promise.all(settings.pools.map(({ pool }) => session.node.observe({ pool, ...common }, { incarnation: 1, sequence })));
}

const orders = {
  async start() {
    session = await openSession({ settings, cluster: undefined }, clock, silentLog);
    await session.start();
  },
  async load() {
    telling = setInterval(() => void tellAll(), intervalMs);
  },
  async memory() {
    const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
    return { rss, heapUsed, arrayBuffers };
  },
  async stop() {
    clearInterval(telling);
    await session.stop();
  },
};

process.on('message', async (order) => process.send({ done: (await orders[order]()) ?? {} }));
process.on('disconnect', () => process.exit(0));
