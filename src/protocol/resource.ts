import { Type, type Static } from 'typebox';

/** The four resources that are forecast, with the units in which they travel. */
export const RESOURCES = ['requests', 'cpu', 'memory', 'network'] as const;
export const Resource = Type.Enum(['requests', 'cpu', 'memory', 'network'], {
  description:
    'requests in requests/s, cpu in millicores, memory in bytes (sum of the estimates of the requests of one interval), network in bytes/s',
});
export type Resource = (typeof RESOURCES)[number];

/** Units of values on the wire. */
export const RESOURCE_UNITS: Readonly<Record<Resource, string>> = {
  requests: 'requests/s',
  cpu: 'millicores',
  memory: 'bytes',
  network: 'bytes/s',
};

export const EpochMs = (description: string) => Type.Number({ minimum: 0, description: `${description}, epoch milliseconds` });
export const DurationMs = (description: string) => Type.Number({ minimum: 0, description: `${description}, milliseconds` });
export const Name = (description: string) =>
  Type.String({ minLength: 1, maxLength: 253, pattern: '^[A-Za-z0-9][A-Za-z0-9._:-]*$', description });
/** Keys of a record. The default pattern `^.*$` passes over keys that hold a line break, and with them their values. */
export const AnyKey = Type.String({ pattern: '^[\\s\\S]*$' });
export const Share = (description: string) => Type.Number({ minimum: 0, maximum: 1, description: `${description}, 0 to 1` });
export const Replicas = (description: string) => Type.Integer({ minimum: 0, description });

/** What one replica has. */
export const ReplicaSize = Type.Object({
  cpuMillicores: Type.Number({ exclusiveMinimum: 0, description: 'CPU of one replica, thousandths of a core' }),
  memoryBytes: Type.Number({ exclusiveMinimum: 0, description: 'Memory of one replica, bytes' }),
});
export type ReplicaSize = Static<typeof ReplicaSize>;

export function isSameSize(a: ReplicaSize | undefined, b: ReplicaSize | undefined): boolean {
  return a?.cpuMillicores === b?.cpuMillicores && a?.memoryBytes === b?.memoryBytes;
}

/** What a scaling recommendation says, as data and as a sentence. */
export const Recommendation = Type.Object(
  {
    resource: Type.Enum(['requests', 'cpu', 'memory', 'network', 'replicas']),
    direction: Type.Enum(['increase', 'decrease', 'hold']),
    amount: Type.Number({ minimum: 0, description: 'Absolute change, in `unit`' }),
    unit: Type.String(),
    percent: Type.Number({ minimum: 0, description: 'Change relative to now, percent' }),
    horizonMs: DurationMs('By when'),
    sentence: Type.String({ description: 'For people, e.g. "Increase CPU by 20%"' }),
  },
  { $id: 'Recommendation' },
);
export type Recommendation = Static<typeof Recommendation>;

export const ContentHash = Type.String({ pattern: '^[0-9a-f]{64}$', description: 'SHA-256 of a packed network, hexadecimal' });
