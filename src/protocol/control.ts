import { Type, type Static } from 'typebox';
import { EpochMs, Name, Replicas } from './resource.ts';

/** A person's or a program's hand on a pool. */
export const Control = Type.Object(
  {
    pool: Name('Pool'),
    command: Type.Enum(['pause', 'resume', 'override', 'train', 'resume-actor', 'autonomy', 'reset'], {
      description:
        'pause: plan, but act on nothing; override: hold `replicas` until `expiresAtMs`; resume: end both; autonomy: trust the pool with `level`; reset: forget what was learned',
    }),
    replicas: Type.Optional(Replicas('For override')),
    expiresAtMs: Type.Optional(EpochMs('For override: when it ends by itself')),
    level: Type.Optional(Type.Enum(['shadow', 'advisory', 'guarded', 'full'], { description: 'For autonomy' })),
    actor: Type.Optional(Type.String({ description: 'For resume-actor: the address of a quarantined actor' })),
    by: Type.String({ description: 'Who asked' }),
    reason: Type.String(),
  },
  { $id: 'Control' },
);
export type Control = Static<typeof Control>;

/** A node tells that it lives and what it holds. */
export const Heartbeat = Type.Object(
  {
    node: Name('Node'),
    atMs: EpochMs('Sent'),
    build: Type.String(),
    protocolVersion: Type.Integer({ minimum: 1 }),
    shards: Type.Array(Type.Integer({ minimum: 0 })),
    actors: Type.Integer({ minimum: 0 }),
    eventLoopDelayMs: Type.Number({ minimum: 0 }),
    ready: Type.Boolean(),
  },
  { $id: 'Heartbeat' },
);
export type Heartbeat = Static<typeof Heartbeat>;

/** The root's grant to one pool, when a budget covers several. */
export const Budget = Type.Object(
  {
    pool: Name('Pool'),
    maxReplicas: Replicas('The pool may not ask for more'),
    revision: Type.Integer({ minimum: 1, description: 'Rising; an older grant is ignored' }),
    reason: Type.String(),
  },
  { $id: 'Budget' },
);
export type Budget = Static<typeof Budget>;
