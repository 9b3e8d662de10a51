import { targetError, type GenerationPromise, type ScaleRequest, type TargetError } from '../../ports/target.ts';
import { GENERATION_ANNOTATION, ORIGINAL_FLOOR_ANNOTATION } from './annotations.ts';
import { FIELD_MANAGER, type KubernetesClient, type KubernetesResult } from './client.ts';
import { at, countAt, isObject, textAt, type JsonObject } from './json.ts';

/** What is moved: a count in an object, with our generation beside it where we may write that. */
export interface Lever {
  readonly kind: 'object' | 'scale' | 'floor';
  /** Of the object, or of its scale subresource. */
  readonly path: string;
  /** Field of `spec`. */
  readonly field: 'replicas' | 'minReplicas';
  readonly generation: GenerationPromise;
}

export interface LeverReading {
  readonly count: number;
  /** Of the object; undefined where it is not kept there. */
  readonly generation: number | undefined;
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly object: JsonObject;
}

/** Annotations that are written in one step with the count, by a lever that keeps the generation so. */
export type Notes = Readonly<Record<string, string>>;

export type LeverWritten =
  | { readonly ok: true; readonly reading: LeverReading }
  /** `reading`: what was found there instead. */
  | { readonly ok: false; readonly error: TargetError; readonly reading?: LeverReading };

/** Undefined when the object does not say a count. */
export function readLever(lever: Lever, object: JsonObject): LeverReading | undefined {
  // The server leaves out a scale's count of 0.
  const absent = lever.kind === 'scale' && isObject(at(object, 'spec')) && at(object, 'spec', lever.field) === undefined ? 0 : undefined;
  const count = countAt(object, 'spec', lever.field) ?? absent;
  if (count === undefined) return undefined;
  const annotation = Number(textAt(object, 'metadata', 'annotations', GENERATION_ANNOTATION) ?? 0);
  const generation = Number.isSafeInteger(annotation) && annotation > 0 ? annotation : 0;
  const original = Number(textAt(object, 'metadata', 'annotations', ORIGINAL_FLOOR_ANNOTATION) ?? Number.NaN);
  const isFloor = lever.kind === 'floor';
  return {
    count,
    generation: lever.generation === 'with-write' ? generation : undefined,
    min: isFloor ? (Number.isSafeInteger(original) && original >= 0 ? original : count) : undefined,
    max: isFloor ? countAt(object, 'spec', 'maxReplicas') : undefined,
    object,
  };
}

/** Reads and writes in turn until one of us wins; others change the object all the time, mostly its status. */
const TRIES_MAX = 6;

/**
 * Compare and set, on the server: the patch holds only while the count is the one that the plan was made from and the
 * generation the one that was read. So it takes effect at most once, also when a copy of it arrives late.
 */
export async function writeLever(
  client: KubernetesClient,
  lever: Lever,
  request: ScaleRequest,
  known: number,
  notes: Notes,
): Promise<LeverWritten> {
  for (let tries = 1; tries <= TRIES_MAX; tries += 1) {
    const read = await client.send({ method: 'GET', path: lever.path, intent: 'read' });
    if (!read.ok) return { ok: false, error: read.error };
    const reading = readLever(lever, read.value);
    if (reading === undefined) return { ok: false, error: contradiction(lever, 'it tells no count') };
    const refused = refusalOf(lever, reading, request, known);
    if (refused !== undefined) return { ok: false, error: refused, reading };
    const result = await client.send({
      method: 'PATCH',
      path: `${lever.path}?fieldManager=${FIELD_MANAGER}`,
      contentType: 'application/json-patch+json',
      body: patchOf(lever, reading, request, notes),
      intent: 'write',
    });
    if (result.ok) return taken(lever, result.value, request, reading);
    if (!lostRace(result)) return { ok: false, error: result.error, reading };
  }
  return targetError('unavailable', `${lever.path} changes faster than it can be written`);
}

function refusalOf(lever: Lever, reading: LeverReading, request: ScaleRequest, known: number): TargetError | undefined {
  const { count, min, max } = reading;
  const generation = reading.generation ?? known;
  const { replicas, expectedReplicas } = request;
  if (request.generation <= generation)
    return targetError('superseded', `generation ${generation} was written already; this is ${request.generation}`).error;
  if (expectedReplicas !== count)
    return targetError('conflict', `the plan was made from ${expectedReplicas}, ${count} are asked for now`).error;
  const isWithin = replicas >= (min ?? 0) && replicas <= (max ?? Number.MAX_SAFE_INTEGER);
  if (Number.isSafeInteger(replicas) && isWithin) return undefined;
  const bounds = lever.kind === 'floor' ? `a floor from ${min ?? 0} to ${max ?? 'any count'}` : 'a count of 0 or more';
  return targetError('invalid', `it takes ${bounds}, not ${replicas}`).error;
}

function patchOf(lever: Lever, reading: LeverReading, request: ScaleRequest, notes: Notes): readonly JsonObject[] {
  const path = `/spec/${lever.field}`;
  const { object, count } = reading;
  // A count of 0 that is left out cannot be tested for; the version can.
  const isAbsent = at(object, 'spec', lever.field) === undefined;
  const version = { op: 'test', path: '/metadata/resourceVersion', value: textAt(object, 'metadata', 'resourceVersion') };
  const counted = isAbsent ? version : { op: 'test', path, value: count };
  const set = { op: isAbsent ? 'add' : 'replace', path, value: request.replicas };
  if (lever.generation !== 'with-write') return [counted, set];
  const annotations = at(object, 'metadata', 'annotations');
  const here = (key: string): string => `/metadata/annotations/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  const present = textAt(annotations, GENERATION_ANNOTATION);
  const tests = [counted, present === undefined ? version : { op: 'test', path: here(GENERATION_ANNOTATION), value: present }];
  const room = isObject(annotations) ? [] : [{ op: 'add', path: '/metadata/annotations', value: {} }];
  const isFirstFloor = lever.kind === 'floor' && textAt(annotations, ORIGINAL_FLOOR_ANNOTATION) === undefined;
  const floor = isFirstFloor ? [{ op: 'add', path: here(ORIGINAL_FLOOR_ANNOTATION), value: String(count) }] : [];
  const noted = Object.entries({ ...notes, [GENERATION_ANNOTATION]: String(request.generation) });
  return [...tests, set, ...room, ...floor, ...noted.map(([key, value]) => ({ op: 'add', path: here(key), value }))];
}

/** A failed test is told as 422 without a field; a lost update as 409. Both are seen by reading again. */
function lostRace(result: Exclude<KubernetesResult, { ok: true }>): boolean {
  const { status } = result;
  return (status?.code === 422 && status.fields.length === 0) || (status?.code === 409 && status.reason === 'Conflict');
}

function taken(lever: Lever, object: JsonObject, { replicas }: ScaleRequest, before: LeverReading): LeverWritten {
  const reading = readLever(lever, object);
  if (reading?.count === replicas) return { ok: true, reading };
  const error = contradiction(lever, `it took ${replicas} and answered ${reading?.count ?? 'without a count'}`);
  return { ok: false, error, reading: reading ?? before };
}

function contradiction({ path }: Lever, what: string): TargetError {
  return targetError('contradictory', `${path}: ${what}`).error;
}
