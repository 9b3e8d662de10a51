import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { explain, replay } from '../planning/explain.ts';
import { whatIf } from '../planning/what-if.ts';
import { replicasText } from '../planning/words.ts';
import { InputError } from '../problems.ts';
import type { Decision } from '../protocol/plan.ts';
import { wireTypeOf } from '../protocol/validation.ts';
import { askNode, isUrl } from './node-api.ts';
import type { Output } from './output.ts';

export interface ExplainFlags {
  readonly from: string;
  readonly policy?: string;
  readonly json?: boolean;
}

interface Found {
  readonly policy: string;
  readonly decision: Decision;
}

interface Search {
  readonly found: readonly Found[];
  /** Decisions that can be replayed, in all files. */
  readonly seen: number;
  readonly firstId: string | undefined;
  readonly lastId: string | undefined;
}

/** @throws InputError if there is no such decision. */
export async function runExplain(id: string, flags: ExplainFlags, output: Output): Promise<void> {
  const { policy, decision } = await findDecision(id, flags);
  const again = replay(decision);
  if (flags.json === true) {
    output.out(`${JSON.stringify({ policy, decision, replay: again })}\n`);
  } else {
    output.out(`${explain(decision)}\n`);
    for (const { condition, replicas } of whatIf(decision)) output.out(`${condition}: ${replicasText(replicas)}.\n`);
    if (again.same) output.out('Replayed from its recorded inputs: the same plan, bit for bit.\n');
    else output.out(`Replayed from its recorded inputs: DIFFERENT.\n${again.differences.map((line) => `  ${line}`).join('\n')}\n`);
  }
  if (!again.same) output.setExitCode(1);
}

async function findDecision(id: string, { from, policy }: ExplainFlags): Promise<Found> {
  if (isUrl(from)) {
    const query = new URLSearchParams({ id, ...(policy === undefined ? {} : { policy }) }).toString();
    const { decision } = await askNode<{ readonly decision: unknown }>(from, `/api/v1/decision?${query}`);
    return { policy: policy ?? from, decision: toDecision(decision, from) };
  }
  const { found, seen, firstId, lastId } = await search(id, from, policy);
  const [first, second] = found;
  if (first === undefined) {
    const known = seen === 0 ? `no recorded decision in ${from}` : `${seen} decisions in ${from}, from ${firstId ?? ''} to ${lastId ?? ''}`;
    throw new InputError([{ place: 'decision', wanted: `the id of a recorded decision, not ${id}`, found: known }]);
  }
  if (second !== undefined) {
    const names = found.map((one) => one.policy).join(', ');
    throw new InputError([{ place: '--policy', wanted: `which of several decisions ${id} is meant`, found: names }]);
  }
  return first;
}

async function search(id: string, from: string, wanted: string | undefined): Promise<Search> {
  const found: Found[] = [];
  const ids: string[] = [];
  let seen = 0;
  for (const policy of await recordedPolicies(from)) {
    if (wanted !== undefined && policy !== wanted) continue;
    const path = join(from, policy, 'decisions.jsonl');
    for await (const decision of readDecisions(path, id)) {
      seen += 1;
      ids[ids.length === 0 ? 0 : 1] = decision.id;
      if (decision.full !== undefined) found.push({ policy, decision: decision.full });
    }
  }
  return { found, seen, firstId: ids[0], lastId: ids.at(-1) };
}

async function recordedPolicies(from: string): Promise<readonly string[]> {
  const folder = await stat(from).catch(() => undefined);
  if (folder?.isDirectory() !== true) {
    const found = folder === undefined ? 'nothing there' : 'a file';
    throw new InputError([{ place: '--from', wanted: 'the output folder of `forescale simulate`', found: `${from}: ${found}` }]);
  }
  const names: string[] = [];
  for (const entry of await readdir(from, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const file = await stat(join(from, entry.name, 'decisions.jsonl')).catch(() => undefined);
    if (file !== undefined) names.push(entry.name);
  }
  return names.sort();
}

/** Lines of rules (hpa, static) have no plan to replay and are passed over. */
async function* readDecisions(path: string, id: string): AsyncGenerator<{ readonly id: string; readonly full: Decision | undefined }> {
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY });
  let number = 0;
  for await (const line of lines) {
    number += 1;
    if (line.trim() === '') continue;
    const value = parseLine(line, `${path}:${number}`);
    const planId = planIdOf(value);
    if (planId === undefined) continue;
    yield { id: planId, full: planId === id ? toDecision(value, `${path}:${number}`) : undefined };
  }
}

function parseLine(line: string, place: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    throw new InputError([{ place, wanted: 'one JSON object per line', found }]);
  }
}

function planIdOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !('plan' in value)) return undefined;
  const { plan } = value;
  return typeof plan === 'object' && plan !== null && 'id' in plan && typeof plan.id === 'string' ? plan.id : undefined;
}

function toDecision(value: unknown, place: string): Decision {
  const problems = wireTypeOf('decision').problemsOf(value);
  if (problems.length === 0) return value as Decision;
  throw new InputError(problems.map(({ path, expected, found }) => ({ place: `${place} ${path}`, wanted: expected, found })));
}
