import { about, type FaultFamily } from './family.ts';

export const NODE_FAMILIES = [
  {
    name: 'crash',
    says: 'a node dies without a word, and another is started in its place',
    everyMs: 8_000,
    strike(world, random) {
      const node = world.cluster.pick(random);
      if (node !== undefined) world.cluster.crash(node);
    },
  },
  {
    name: 'crash-all',
    says: 'all nodes die at once',
    everyMs: 30_000,
    strike(world) {
      for (const node of world.cluster.running) world.cluster.crash(node);
    },
  },
  {
    name: 'pause',
    says: 'a node is stopped as by SIGSTOP, for longer or shorter than its lease',
    everyMs: 9_000,
    strike(world, random) {
      const node = world.cluster.pick(random);
      if (node !== undefined) world.cluster.pause(node, about(4_000, random), false);
    },
  },
  {
    name: 'suspend',
    says: 'a virtual machine is suspended: its monotonic clock stands still, too, so that its node believes in its lease',
    everyMs: 12_000,
    strike(world, random) {
      const node = world.cluster.pick(random);
      if (node !== undefined) world.cluster.pause(node, about(5_000, random), true);
    },
  },
  {
    name: 'stall',
    says: 'an event loop is blocked for some tenths of a second',
    everyMs: 2_500,
    strike(world, random) {
      const node = world.cluster.pick(random);
      if (node !== undefined) world.cluster.pause(node, about(300, random), false);
    },
  },
  {
    name: 'leave',
    says: 'a node drains and leaves, and another joins later',
    everyMs: 10_000,
    strike(world, random) {
      const node = world.cluster.pick(random);
      if (node !== undefined) world.cluster.drain(node);
    },
  },
  {
    name: 'crash-while-draining',
    says: 'a node that drains dies before it is done',
    everyMs: 20_000,
    strike(world, random) {
      const node = world.cluster.pick(random);
      if (node === undefined) return;
      world.cluster.drain(node);
      world.later(about(50, random), () => world.cluster.crash(node));
    },
  },
  {
    name: 'join-late',
    says: 'some of the nodes are started only after a while',
    begin(world, random) {
      for (let place = 1; place < world.cluster.size; place += 1) {
        if (random.next() < 0.5) world.cluster.hold(place, about(10_000, random));
      }
    },
  },
  {
    name: 'slow-node',
    says: 'a node cannot keep up, and asks for fewer shards until it can',
    everyMs: 10_000,
    strike(world, random) {
      const node = world.cluster.pick(random);
      if (node === undefined) return;
      node.weight = random.next() < 0.5 ? 0 : 0.2;
      world.tellFault('slow-node', `${node.name} weighs ${node.weight}`);
      world.later(about(5_000, random), () => {
        node.weight = 1;
      });
    },
  },
  {
    name: 'clock-jump',
    says: 'a node’s wall clock jumps by some seconds either way',
    everyMs: 8_000,
    strike(world, random) {
      const node = world.cluster.pick(random);
      if (node === undefined) return;
      node.machine.skewMs = Math.round((random.next() - 0.5) * 12_000);
      world.tellFault('clock-jump', `${node.name} is off by ${node.machine.skewMs} ms`);
    },
  },
  {
    name: 'mixed-versions',
    says: 'the cluster is upgraded node by node, so that old and new builds share it',
    everyMs: 12_000,
    strike(world, random) {
      const place = random.int(world.cluster.size);
      world.builds.upgrade(place);
      world.tellFault('mixed-versions', `place ${place + 1} runs the next build`);
      world.cluster.replace(place);
    },
  },
] as const satisfies readonly FaultFamily[];
