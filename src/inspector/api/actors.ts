import { Type, type Static } from 'typebox';
import { AtMs, Count, OrNull } from './common.ts';

export const ActorRow = Type.Object(
  {
    address: Type.String(),
    node: Type.String({ description: 'Where it lives' }),
    kind: Type.String(),
    shard: Type.Number(),
    status: Type.Enum(['active', 'backing-off', 'quarantined']),
    statusReason: OrNull(Type.String()),
    inMemory: Type.Boolean(),
    active: Type.Array(Type.String(), { description: 'Active states, the outer ones first' }),
    waiting: Count('Entries in hand that it has not taken'),
    parked: Count('Entries set aside until it goes on'),
    handled: Count('Messages since it came into memory'),
    failures: Count('Steps that threw'),
  },
  { $id: 'ActorRow' },
);
export type ActorRow = Static<typeof ActorRow>;

/** What one node tells of itself. */
export const OwnActors = Type.Object(
  { node: Type.String(), actors: Type.Array(ActorRow), leftOut: Count('Not listed') },
  { $id: 'OwnActors' },
);
export type OwnActors = Static<typeof OwnActors>;

const ActorNode = Type.Object({
  node: Type.String(),
  actors: OrNull(Count('Actors that live on it')),
  missing: OrNull(Type.String({ description: 'Why its actors are not listed' })),
});
export type ActorNode = Static<typeof ActorNode>;

export const ActorList = Type.Object(
  {
    node: Type.String({ description: 'The node that was asked' }),
    nodes: Type.Array(ActorNode, { description: 'All nodes of the cluster, the one that was asked first' }),
    actors: Type.Array(ActorRow),
    leftOut: Count('Not listed'),
  },
  { $id: 'ActorList' },
);
export type ActorList = Static<typeof ActorList>;

export const MessageRow = Type.Object({
  atMs: AtMs('When it was appended'),
  id: Type.String(),
  name: Type.String(),
  source: Type.String(),
  outcome: Type.String(),
  trace: OrNull(Type.String()),
  bytes: Count('Size'),
  active: Type.Array(Type.String(), { description: 'Active states after it' }),
  data: Type.Unknown({ description: 'What it says; long lists are cut' }),
});
export type MessageRow = Static<typeof MessageRow>;

export const ActorDetail = Type.Object(
  {
    row: ActorRow,
    /** What its behavior tells of it. */
    described: Type.Unknown(),
    snapshot: Type.Unknown({ description: 'Its whole state; long numeric arrays are outlined' }),
    takenAtMs: AtMs('When the snapshot was taken'),
    /** Last messages, newest first, since somebody looks. */
    messages: Type.Array(MessageRow),
    listeningSinceMs: OrNull(AtMs('Since when messages are noted')),
    chart: Type.Unknown({ description: 'ChartState of its machine; null when it has none' }),
    /** Active states after each of the last messages that moved it, newest last. */
    notReady: OrNull(Type.Object({ message: Type.String(), have: Type.Number(), need: Type.Number(), etaMs: Type.Number() })),
  },
  { $id: 'ActorDetail' },
);
export type ActorDetail = Static<typeof ActorDetail>;
