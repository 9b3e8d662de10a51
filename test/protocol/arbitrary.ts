/** Random valid values for the schemas of the protocol. */
import * as fc from 'fast-check';
import type { AnyMessage, MessageName } from '../../src/protocol/index.ts';
import { MESSAGES } from '../../src/protocol/index.ts';

interface Node {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Node[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly items?: Node;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly patternProperties?: Readonly<Record<string, Node>>;
}

/** Text that survives UTF-8: no half surrogate pairs. */
const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const plain: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    finite(-1e9, 1e9),
    text,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.string({ minLength: 1, maxLength: 6 }), tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value;

/** Without minus zero, which both encodings turn into zero. */
function finite(min: number, max: number): fc.Arbitrary<number> {
  return fc.double({ min, max, noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value));
}

export function arbitraryOf(node: Node): fc.Arbitrary<unknown> {
  if (node.anyOf !== undefined) return fc.oneof(...node.anyOf.map(arbitraryOf));
  if (node.enum !== undefined) return fc.constantFrom(...node.enum);
  switch (node.type ?? '') {
    case 'number':
      return finite(node.minimum ?? (node.exclusiveMinimum === undefined ? -1e15 : node.exclusiveMinimum + 1e-9), node.maximum ?? 1e15);
    case 'integer':
      return fc.integer({ min: node.minimum ?? -1e6, max: node.maximum ?? 2 ** 40 });
    case 'string':
      return node.pattern === undefined
        ? text
        : fc.stringMatching(new RegExp(node.pattern)).filter((value) => value.length <= (node.maxLength ?? 99));
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return fc.array(arbitraryOf(node.items ?? {}), { minLength: node.minItems ?? 0, maxLength: Math.min(node.maxItems ?? 4, 4) });
    case 'object':
      return arbitraryObject(node);
    default:
      return plain;
  }
}

function arbitraryObject({ properties, required, patternProperties }: Node): fc.Arbitrary<unknown> {
  if (properties === undefined) {
    const value = arbitraryOf(Object.values(patternProperties ?? {})[0] ?? {});
    return fc.dictionary(
      fc.string({ minLength: 1, maxLength: 8 }).filter((key) => key !== '__proto__'),
      value,
      { maxKeys: 3, noNullPrototype: true },
    );
  }
  const fields = Object.fromEntries(Object.entries(properties).map(([key, node]) => [key, arbitraryOf(node)]));
  return fc.record(fields, { requiredKeys: [...(required ?? [])], noNullPrototype: true });
}

const hex = (digits: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${digits}}$`));

export function arbitraryMessage(name: MessageName): fc.Arbitrary<AnyMessage> {
  const { schema } = MESSAGES[name];
  return fc.record(
    {
      name: fc.constant(name),
      id: fc.string({ minLength: 1, maxLength: 20 }),
      source: fc.string({ minLength: 1, maxLength: 20 }),
      incarnation: fc.nat(),
      sequence: fc.nat(),
      timeMs: fc.integer({ min: 0, max: 4e12 }),
      traceparent: fc.tuple(hex(32), hex(16)).map(([trace, parent]) => `00-${trace}-${parent}-01`),
      data: arbitraryOf(schema as Node),
      extensions: fc.dictionary(fc.stringMatching(/^x[a-z0-9]{1,8}$/), plain, { minKeys: 1, maxKeys: 3, noNullPrototype: true }),
    },
    { requiredKeys: ['name', 'id', 'source', 'incarnation', 'sequence', 'timeMs', 'data'], noNullPrototype: true },
  ) as unknown as fc.Arbitrary<AnyMessage>;
}
