/**
 * OTLP/protobuf: `ExportMetricsServiceRequest` of opentelemetry-proto 1.x, read by field numbers (metrics.proto, common.proto).
 * Only what counts something is read; every other field is passed over, so newer senders are no problem.
 */
import { kindOf, POINTS_MAX, type OtlpPoint } from './metrics.ts';

/** Messages in messages; the protocol needs seven levels. */
class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #end: number;
  #at: number;

  constructor(bytes: Uint8Array, from = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = from;
    this.#end = end;
  }

  /** Calls `take` for every field; it must read the field or return false to have it passed over. */
  fields(take: (field: number, wire: number) => boolean): void {
    while (this.#at < this.#end) {
      const tag = this.varint();
      const [field, wire] = [Math.floor(tag / 8), tag % 8];
      if (!take(field, wire)) this.#skip(wire);
    }
  }

  /** Beyond 2^53 the last digits are lost, which a counter does not mind. */
  varint(): number {
    let value = 0;
    for (let shift = 1, i = 0; i < 10; i += 1, shift *= 128) {
      const byte = this.#byte();
      value += (byte & 0x7f) * shift;
      if (byte < 0x80) return value;
    }
    throw new RangeError('a number of more than 64 bits');
  }

  fixed64(): number {
    this.#need(8);
    const value = Number(this.#view.getBigUint64(this.#at, true));
    this.#at += 8;
    return value;
  }

  /** `sfixed64`. */
  signed64(): number {
    this.#need(8);
    const value = Number(this.#view.getBigInt64(this.#at, true));
    this.#at += 8;
    return value;
  }

  double(): number {
    this.#need(8);
    const value = this.#view.getFloat64(this.#at, true);
    this.#at += 8;
    return value;
  }

  message(): Reader {
    const length = this.varint();
    this.#need(length);
    const inner = new Reader(this.#bytes, this.#at, this.#at + length);
    this.#at += length;
    return inner;
  }

  text(): string {
    const length = this.varint();
    this.#need(length);
    const text = Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset + this.#at, length).toString('utf8');
    this.#at += length;
    return text;
  }

  #byte(): number {
    this.#need(1);
    const byte = this.#bytes[this.#at] ?? 0;
    this.#at += 1;
    return byte;
  }

  #skip(wire: number): void {
    if (wire === 0) this.varint();
    else if (wire === 1) this.#pass(8);
    else if (wire === 2) this.#pass(this.varint());
    else if (wire === 5) this.#pass(4);
    else throw new RangeError(`a field of the unknown wire type ${wire}`);
  }

  #pass(length: number): void {
    this.#need(length);
    this.#at += length;
  }

  #need(length: number): void {
    if (this.#at + length > this.#end) throw new RangeError('it ends in the middle of a field');
  }
}

type Attributes = Record<string, string>;
/** Wire type of messages, texts and bytes. */
const LENGTH = 2;

/** @throws RangeError if the bytes are no protobuf, or hold too many points. */
export function readOtlpProtobuf(body: Uint8Array): OtlpPoint[] {
  const points: OtlpPoint[] = [];
  for (const resource of messagesOf(new Reader(body), 1)) readResourceMetrics(resource, points);
  return points;
}

/** The messages of one field, in order. */
function messagesOf(reader: Reader, wanted: number): Reader[] {
  const found: Reader[] = [];
  reader.fields((field, wire) => {
    if (field !== wanted || wire !== LENGTH) return false;
    found.push(reader.message());
    return true;
  });
  return found;
}

function readResourceMetrics(reader: Reader, points: OtlpPoint[]): void {
  const shared: Attributes = {};
  const scopes: Reader[] = [];
  reader.fields((field, wire) => {
    if (wire !== LENGTH || field > 2) return false;
    if (field === 1) for (const pair of messagesOf(reader.message(), 1)) readAttribute(pair, shared);
    else scopes.push(reader.message());
    return true;
  });
  for (const scope of scopes) for (const metric of messagesOf(scope, 2)) readMetric(metric, shared, points);
}

/** Fields of a metric that hold a sum, a histogram and an exponential histogram. */
const SUM = 7;
const HISTOGRAM = 9;
const EXPONENTIAL = 10;

function readMetric(reader: Reader, shared: Attributes, points: OtlpPoint[]): void {
  let name = '';
  const data: (readonly [number, Reader])[] = [];
  reader.fields((field, wire) => {
    if (wire !== LENGTH) return false;
    if (field === 1) name = reader.text();
    else if (field === SUM || field === HISTOGRAM || field === EXPONENTIAL) data.push([field, reader.message()]);
    else return false;
    return true;
  });
  for (const [field, inner] of data) readData(inner, field, name, shared, points);
}

function readData(reader: Reader, kind: number, metric: string, shared: Attributes, points: OtlpPoint[]): void {
  const found: Reader[] = [];
  let temporality = 0;
  let isMonotonic = kind !== SUM;
  reader.fields((field, wire) => {
    if (field === 1 && wire === LENGTH) found.push(reader.message());
    else if (field === 2 && wire === 0) temporality = reader.varint();
    else if (field === 3 && wire === 0 && kind === SUM) isMonotonic = reader.varint() === 1;
    else return false;
    return true;
  });
  if (!isMonotonic) return;
  if (points.length + found.length > POINTS_MAX) throw new RangeError(`more than ${POINTS_MAX} points`);
  for (const point of found) points.push({ metric, kind: kindOf(temporality), ...readPoint(point, kind, shared) });
}

/** Field of the attributes of a point, by the kind of its metric. */
const ATTRIBUTES: Readonly<Record<number, number>> = { [SUM]: 7, [HISTOGRAM]: 9, [EXPONENTIAL]: 1 };

function readPoint(reader: Reader, kind: number, shared: Attributes): Pick<OtlpPoint, 'attributes' | 'value' | 'startMs' | 'timeMs'> {
  const attributes = { ...shared };
  const read = { value: 0, startMs: 0, timeMs: 0 };
  reader.fields((field, wire) => {
    if (field === ATTRIBUTES[kind] && wire === LENGTH) readAttribute(reader.message(), attributes);
    else if (wire !== 1) return false;
    else if (field === 2) read.startMs = reader.fixed64() / 1e6;
    else if (field === 3) read.timeMs = reader.fixed64() / 1e6;
    else if (field === 4) read.value = kind === SUM ? reader.double() : reader.fixed64();
    else if (field === 6 && kind === SUM) read.value = reader.signed64();
    else return false;
    return true;
  });
  return { attributes, ...read };
}

/** A pair of key and value; values that are no scalars are passed over. */
function readAttribute(reader: Reader, into: Attributes): void {
  let key = '';
  let value: string | undefined;
  reader.fields((field, wire) => {
    if (wire !== LENGTH || (field !== 1 && field !== 2)) return false;
    if (field === 1) key = reader.text();
    else value = readScalar(reader.message());
    return true;
  });
  if (value !== undefined) into[key] = value;
}

function readScalar(reader: Reader): string | undefined {
  let value: string | undefined;
  reader.fields((field, wire) => {
    if (field === 1 && wire === LENGTH) value = reader.text();
    else if (field === 2 && wire === 0) value = String(reader.varint() === 1);
    else if (field === 3 && wire === 0) value = String(reader.varint());
    else if (field === 4 && wire === 1) value = String(reader.double());
    else return false;
    return true;
  });
  return value;
}
