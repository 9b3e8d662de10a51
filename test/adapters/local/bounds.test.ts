/** Replicas that the system bounds: real processes in real control groups where there are some, else skipped. */
import { strict as assert } from 'node:assert';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createControlGroups } from '../../../src/adapters/local/control-groups.ts';
import { ask, localTarget, poolSettings, untilReady } from './support.ts';
import { until } from '../../until.ts';

const MIB = 2 ** 20;

function whyNot(): string | false {
  try {
    const group = createControlGroups().create('probe', { cores: 1, memoryBytes: 64 * MIB });
    return group.remove() ? false : 'SKIPPED: a control group could not be removed';
  } catch (error) {
    return `SKIPPED: no control groups may be made here (${error instanceof Error ? error.message : String(error)})`;
  }
}
const skip = whyNot();

test(
  'local: a replica that needs more than its memory is ended and replaced, the reason is told, and no group is left',
  { skip, timeout: 60_000 },
  async () => {
    const target = localTarget(poolSettings({ bounds: { cores: 1, memoryBytes: 160 * MIB } }));
    try {
      await target.start();
      await untilReady(target, 'web', 1);
      const [first] = target.replicas('web');
      const url = target.url('web') ?? '';
      // Within its bound it goes on.
      assert.equal((await ask(`${url}/eat?mib=16`)).status, 200);
      assert.notEqual((await ask(`${url}/eat?mib=400`)).status, 200);
      await until(async () => {
        const state = await target.get('web');
        return state.ok && /its memory was used up/.test(state.value.pendingReason ?? '');
      }, 'the reason');
      await until(() => target.replicas('web').some(({ phase, pid }) => phase === 'ready' && pid !== first?.pid), 'another one', 20_000);
    } finally {
      await target.stop();
    }
    await until(() => groupsOf(process.pid).length === 0, 'the groups are removed');
  },
);

test('local: a replica gets no more of the processor than its bound', { skip, timeout: 60_000 }, async () => {
  const target = localTarget(poolSettings({ bounds: { cores: 0.2 } }));
  try {
    await target.start();
    await untilReady(target, 'web', 1);
    const url = target.url('web') ?? '';
    const before = Number((await ask(`${url}/burn?ms=0`)).body);
    const used = Number((await ask(`${url}/burn?ms=2000`)).body) - before;
    // 0.2 of 2 s, and the last period may be whole; unbounded it would be near 2 s, or 1 s on a machine that is busy.
    assert.ok(used < 700, `${used} ms of processor time in 2 s`);
  } finally {
    await target.stop();
  }
});

function groupsOf(pid: number): readonly string[] {
  return ['cpu', 'memory', 'unified'].flatMap((one) => {
    const folder = `/sys/fs/cgroup/${one}`;
    return existsSync(folder)
      ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.includes(`forescale-${pid}-`))
      : [];
  });
}

test('control groups: version 2 is written as its documentation says, under a group that shares; left ones of dead nodes go', () => {
  const root = mkdtempSync(join(tmpdir(), 'forescale-groups-'));
  try {
    const parent = join(root, 'system.slice', 'forescale.service');
    // One that cannot be written, as that of a group with processes in it.
    mkdirSync(join(parent, 'node', 'cgroup.subtree_control'), { recursive: true });
    writeFileSync(join(root, 'cgroup.controllers'), 'cpu memory\n');
    writeFileSync(join(parent, 'cgroup.subtree_control'), 'cpu memory\n');
    mkdirSync(join(parent, 'forescale-999999999-web-1'));
    const groups = createControlGroups({ root, own: '0::/system.slice/forescale.service/node\n', pid: 42 });
    const group = groups.create('web-1', { cores: 0.5, memoryBytes: 64 * MIB });
    const folder = join(parent, 'forescale-42-web-1');
    assert.deepEqual(group.joinFiles, [join(folder, 'cgroup.procs')]);
    assert.equal(readFileSync(join(folder, 'cpu.max'), 'utf8'), '50000 100000');
    assert.equal(readFileSync(join(folder, 'memory.max'), 'utf8'), String(64 * MIB));
    assert.ok(!existsSync(join(parent, 'forescale-999999999-web-1')));
    assert.equal(group.ranOutOfMemory(), false);
    writeFileSync(join(folder, 'memory.events'), 'low 0\noom 1\noom_kill 1\n');
    assert.equal(group.ranOutOfMemory(), true);

    const alone = createControlGroups({ root, own: '0::/nowhere/else\n', pid: 42 });
    assert.throws(() => alone.create('web-1', { cores: 1 }), /no group of this process may share cpu/);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});

test('local: where the system does not bound, a replica is not started without its bound, and the reason is told', async () => {
  const refuse = () => ({
    create: () => {
      throw new Error('read-only file system');
    },
  });
  const target = localTarget(poolSettings({ bounds: { cores: 1 } }), { groups: refuse });
  try {
    await target.start();
    await until(async () => {
      const state = await target.get('web');
      return state.ok && /could not be bounded: read-only file system/.test(state.value.pendingReason ?? '');
    }, 'the reason');
    assert.equal(target.replicas('web').filter(({ phase }) => phase === 'ready').length, 0);
  } finally {
    await target.stop();
  }
});
