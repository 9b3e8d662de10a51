import type { TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import { MESSAGES, type MessageName } from './message.ts';
import { schemaProblems } from './schema-problems.ts';
import { formatPath, type WireProblem } from './wire-problem.ts';

/** A message type as it stands on the wire, with its compiled check. */
export interface WireType {
  readonly name: MessageName;
  readonly version: number;
  /** `forescale.<name>.v<version>` */
  readonly type: string;
  readonly accepts: (data: unknown) => boolean;
  readonly problemsOf: (data: unknown) => readonly WireProblem[];
}

const byName = new Map<MessageName, WireType>();
const byType = new Map<string, WireType>();
for (const [name, { version, schema }] of Object.entries(MESSAGES)) {
  const wireType = createWireType(name as MessageName, version, schema);
  byName.set(wireType.name, wireType);
  byType.set(wireType.type, wireType);
}

/** The wire type of a message that this build knows. */
export function wireTypeOf(name: MessageName): WireType {
  const wireType = byName.get(name);
  if (wireType === undefined) throw new Error(`Unknown message name ${JSON.stringify(name)}.`);
  return wireType;
}

export function findWireType(type: string): WireType | undefined {
  return byType.get(type);
}

export function isMessageName(name: string): name is MessageName {
  return byName.has(name as MessageName);
}

/** Compiling a check takes about a millisecond, and most processes need few of them: it is done at the first use. */
function createWireType(name: MessageName, version: number, schema: TSchema): WireType {
  let compiled: Validator | undefined;
  const validator = (): Validator => (compiled ??= Compile(schema));
  return {
    name,
    version,
    type: `forescale.${name}.v${version}`,
    accepts: (data) => validator().Check(data),
    problemsOf: (data) =>
      schemaProblems(schema, validator().Errors(data), data).map(({ at, wanted, found }) => ({
        path: formatPath(['data', ...at]),
        expected: wanted,
        found,
      })),
  };
}
