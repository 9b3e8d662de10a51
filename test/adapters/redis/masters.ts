/** A Redis Cluster of three real masters, each with a third of the slots: what may not cross servers fails here, and not with one. */
import { Redis } from 'ioredis';
import { clock } from './open.ts';
import { startServer } from './server.ts';
import { sleep } from '../../../src/ports/clock.ts';

const MASTERS = 3;
const SLOTS = 16_384;

export interface Masters {
  readonly url: string;
  /** Moves the slot of a key, with all that is in it, from the master that has it to the next one. */
  moveSlotOf(key: string): Promise<void>;
}

export async function startMasters(): Promise<Masters> {
  const args = ['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1', '--cluster-node-timeout', '2000'];
  const servers = await Promise.all(Array.from({ length: MASTERS }, () => startServer({ args })));
  const [first] = servers;
  if (first === undefined) throw new RangeError('there is no master');
  const share = Math.ceil(SLOTS / MASTERS);
  const asAdmins = async (work: (admins: readonly Redis[]) => Promise<void>): Promise<void> => {
    const admins = servers.map(({ port }) => new Redis({ port, host: '127.0.0.1' }));
    // An open connection would keep the test run from ending.
    await work(admins).finally(() => admins.forEach((admin) => admin.disconnect()));
  };
  await asAdmins(async (admins) => {
    for (const [index, admin] of admins.entries()) {
      await admin.call('cluster', ['set-config-epoch', index + 1]);
      await admin.call('cluster', ['addslotsrange', index * share, Math.min(SLOTS, (index + 1) * share) - 1]);
      if (index > 0) await admin.call('cluster', ['meet', '127.0.0.1', first.port]);
    }
    for (const admin of admins) await untilWhole(admin);
  });
  return {
    url: `redis+cluster://${servers.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
    moveSlotOf: (key) => asAdmins((admins) => moveSlot(admins, key)),
  };
}

async function untilWhole(admin: Redis): Promise<void> {
  for (;;) {
    const facts = String(await admin.call('cluster', ['info']));
    if (facts.includes('cluster_state:ok') && facts.includes(`cluster_size:${MASTERS}`)) return;
    await sleep(clock, 50);
  }
}

async function moveSlot(admins: readonly Redis[], key: string): Promise<void> {
  const slot = Number(await admins[0]?.call('cluster', ['keyslot', key]));
  const at = Math.floor(slot / Math.ceil(SLOTS / MASTERS));
  const [from, to] = [admins[at], admins[(at + 1) % MASTERS]];
  if (from === undefined || to === undefined) throw new RangeError(`nobody has slot ${slot}`);
  const [fromId, toId] = await Promise.all([from, to].map(async (admin) => String(await admin.call('cluster', ['myid']))));
  await to.call('cluster', ['setslot', slot, 'importing', fromId ?? '']);
  await from.call('cluster', ['setslot', slot, 'migrating', toId ?? '']);
  const keys = (await from.call('cluster', ['getkeysinslot', slot, 1_000])) as string[];
  if (keys.length > 0) await from.call('migrate', ['127.0.0.1', to.options.port ?? 0, '', 0, 5_000, 'KEYS', ...keys]);
  for (const admin of [to, from, ...admins]) await admin.call('cluster', ['setslot', slot, 'node', toId ?? '']);
}
