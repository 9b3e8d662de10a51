import type { TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import type { TLocalizedValidationError } from 'typebox/error';
import { MESSAGES, type MessageName } from './message.ts';
import { describeSchema, type SchemaNode } from './schema-text.ts';
import { describeFound, formatPath, type WireProblem } from './wire-problem.ts';

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
    problemsOf: (data) => toProblems(validator().Errors(data), schema, data, ['data']),
  };
}

/** Turns the errors of a check into problems, one per path, in the order found. `at` is where `root` stands. */
export function toProblems(
  errors: readonly TLocalizedValidationError[],
  schema: TSchema,
  root: unknown,
  at: readonly string[],
): readonly WireProblem[] {
  const problems = new Map<string, WireProblem>();
  const add = (segments: readonly (string | number)[], expected: string, found: string): void => {
    const path = formatPath([...at, ...segments]);
    // An `anyOf` comes after the errors of its branches and says it better than they do.
    problems.set(path, { path, expected, found });
  };
  for (const error of errors) {
    const { value, segments } = follow(root, error.instancePath);
    const node = schemaAt(schema, error.schemaPath);
    if (error.keyword === 'required') {
      for (const key of error.params.requiredProperties) add([...segments, key], describeSchema(node.properties?.[key] ?? {}), 'nothing');
    } else if (error.keyword === 'additionalProperties') {
      for (const key of error.params.additionalProperties)
        add([...segments, key], `one of ${Object.keys(node.properties ?? {}).join(', ')}`, 'an unknown key');
    } else {
      add(segments, describeSchema(node), describeFound(value));
    }
  }
  return [...problems.values()];
}

/** Follows a JSON pointer (RFC 6901) into a value. */
function follow(root: unknown, pointer: string): { readonly value: unknown; readonly segments: readonly (string | number)[] } {
  const segments: (string | number)[] = [];
  let value = root;
  for (const part of pointerParts(pointer)) {
    if (Array.isArray(value)) {
      segments.push(Number(part));
      value = value[Number(part)];
    } else {
      segments.push(part);
      value = typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, part)?.value : undefined;
    }
  }
  return { value, segments };
}

function schemaAt(schema: TSchema, pointer: string): SchemaNode {
  return follow(schema, pointer.slice(1)).value ?? {};
}

function pointerParts(pointer: string): readonly string[] {
  if (pointer === '') return [];
  return pointer
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}
