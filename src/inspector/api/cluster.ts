import { Type, type Static } from 'typebox';
import { AtMs, Count, DurationMs, OrNull } from './common.ts';

const ShardRow = Type.Object({
  shard: Type.Number(),
  owner: Type.String({ description: 'Empty: nobody' }),
  epoch: Type.Number(),
  beat: Type.Number(),
  /** The rest is known of the shards that this node holds. */
  actors: OrNull(Type.Number()),
  inMemory: OrNull(Type.Number()),
  timers: OrNull(Type.Number()),
  backlog: OrNull(Type.Number()),
  lagMs: OrNull(DurationMs('Age of the latest entry when it was taken')),
});

export const NodeRow = Type.Object({
  node: Type.String(),
  isThis: Type.Boolean(),
  shards: Count('Held'),
  actors: OrNull(Type.Number()),
  pendingEffects: OrNull(Type.Number()),
  eventLoopDelayMs: OrNull(Type.Number({ description: '99th percentile since the last look' })),
  memoryBytes: OrNull(Type.Number({ description: 'Resident' })),
  upMs: OrNull(DurationMs('Since it started')),
});

export const DeadLetterRow = Type.Object(
  {
    shard: Type.Number(),
    id: Type.String(),
    to: Type.String(),
    code: Type.String(),
    reason: Type.String(),
    atMs: AtMs('When it was buried'),
    name: OrNull(Type.String({ description: 'Message name; null: it cannot be read' })),
    source: OrNull(Type.String()),
    bytes: Count('Size'),
    content: Type.Unknown({ description: 'What it says; long lists are cut. Text of the bytes when it cannot be read' }),
  },
  { $id: 'DeadLetterRow' },
);
export type DeadLetterRow = Static<typeof DeadLetterRow>;

export const Takeover = Type.Object({
  atMs: AtMs('When it was seen'),
  shard: Type.Number(),
  from: Type.String(),
  to: Type.String(),
  epoch: Type.Number(),
});
export type Takeover = Static<typeof Takeover>;

export const AuditRow = Type.Object({
  atMs: AtMs('When it was taken'),
  what: Type.String(),
  by: Type.String(),
  pool: Type.String(),
  reason: Type.String(),
});
export type AuditRow = Static<typeof AuditRow>;

export const Cluster = Type.Object(
  {
    nodes: Type.Array(NodeRow),
    shards: Type.Array(ShardRow),
    takeovers: Type.Array(Takeover, { description: 'Since somebody looks, newest first' }),
    deadLetters: Type.Array(DeadLetterRow, { description: 'The oldest of each shard' }),
    deadLettersMore: Type.Boolean({ description: 'Whether there are more' }),
    quarantined: Type.Array(Type.Object({ address: Type.String(), reason: Type.String(), parked: Count('Set aside') })),
    store: Type.Object(
      {
        kind: Type.Enum(['memory', 'redis']),
        roundTripMs: OrNull(DurationMs('To the bus and back, half of the last sixty')),
        roundTripMostMs: OrNull(DurationMs('The longest of them')),
        failing: OrNull(Type.String({ description: 'Why it could not be read last; the rest is what was known before' })),
        servers: Type.Array(
          Type.Object({
            version: Type.String(),
            role: Type.String(),
            replicas: Count('Copies that follow it'),
            usedMemoryBytes: Count('In use'),
            maxMemoryBytes: Count('At the most; 0: no limit'),
            findings: Type.Array(Type.String({ description: 'What is not as it should be' })),
          }),
        ),
      },
      { description: 'What keeps the streams' },
    ),
    audit: Type.Array(AuditRow, { description: 'What people did, newest first' }),
    inspector: Type.Object({
      viewers: Count('Pages that are open'),
      dropped: Count('Updates that slow pages did not get'),
      broken: Count('Entries that could not be read'),
    }),
    health: Type.Object({ live: Type.Boolean(), ready: Type.Boolean(), reason: OrNull(Type.String()) }),
  },
  { $id: 'Cluster' },
);
export type Cluster = Static<typeof Cluster>;
export type NodeRow = Static<typeof NodeRow>;
export type ShardRow = Static<typeof ShardRow>;
