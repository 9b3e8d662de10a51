/** A system of a user's behind HTTP, which does what the contract of docs/targets.md says, and misbehaves when told to. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { createWebhookTarget, type WebhookTarget } from '../../../src/adapters/webhook/target.ts';
import type { PoolNews } from '../../../src/adapters/webhook/news.ts';
import { createRandom } from '../../../src/adapters/system/random.ts';
import type { Question } from '../../../src/adapters/external/question.ts';
import type { FaultPoint } from '../../contracts/target/faults.ts';
import { clock } from '../local/support.ts';

/** What the system does instead of answering. */
export type Trouble = 'cut' | 'hang' | 'half' | readonly [status: number, body: string, headers?: Readonly<Record<string, string>>];

export const TROUBLES: Readonly<Record<string, Trouble>> = {
  'a cut connection': 'cut',
  'no answer': 'hang',
  'an answer that is cut off': 'half',
  '401': [401, 'who are you'],
  '403': [403, 'no'],
  '404': [404, 'what'],
  '422': [422, 'not that'],
  '429': [429, 'slowly', { 'retry-after': '7' }],
  '500': [500, 'oh'],
  '504': [504, '<html>gateway</html>'],
};

export interface Received {
  readonly question: Question;
  readonly body: string;
  readonly headers: IncomingMessage['headers'];
}

export interface System {
  readonly url: string;
  /** Questions as they came. */
  readonly received: Received[];
  readonly effects: number[];
  /** Whether it tells (and so keeps) generations. */
  keepsGeneration: boolean;
  /** Asked before each answer; undefined: all is well. */
  trouble: (question: Question) => { readonly when: 'before' | 'after'; readonly with: Trouble } | undefined;
  target(given?: {
    readonly timeoutMs?: number;
    readonly secret?: string;
    readonly token?: string;
    readonly news?: PoolNews;
  }): WebhookTarget;
  close(): Promise<void>;
}

export async function startSystem(): Promise<System> {
  const state = { requestedReplicas: 1, generation: 0, minReplicas: 1, maxReplicas: 8 };
  const targets: WebhookTarget[] = [];
  const told = () => {
    const { generation, ...rest } = state;
    return { ...rest, readyReplicas: state.requestedReplicas, ...(system.keepsGeneration ? { generation } : {}) };
  };
  const refusalOf = (question: Extract<Question, { do: 'scale' }>): readonly [code: string, status: number] | undefined => {
    if (system.keepsGeneration && question.generation <= state.generation) return ['superseded', 409];
    if (question.expectedReplicas !== state.requestedReplicas) return ['conflict', 409];
    return question.replicas < state.minReplicas || question.replicas > state.maxReplicas ? ['invalid', 422] : undefined;
  };
  const answer = (question: Question): readonly [status: number, body: unknown] => {
    if (question.do === 'read') return [200, told()];
    const refusal = refusalOf(question);
    if (refusal !== undefined) return [refusal[1], { error: { code: refusal[0], message: 'as the contract says' }, state: told() }];
    state.requestedReplicas = question.replicas;
    state.generation = question.generation;
    system.effects.push(question.replicas);
    return [200, told()];
  };
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = (await buffer(request)).toString('utf8');
    const question = JSON.parse(body) as Question;
    system.received.push({ question, body, headers: request.headers });
    const trouble = system.trouble(question);
    if (trouble?.when === 'before') return misbehave(response, trouble.with);
    const [status, value] = answer(question);
    if (trouble !== undefined) return misbehave(response, trouble.with);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  };
  const server = createServer((request, response) => void serve(request, response).catch(() => response.destroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/scale?key=sesame`;
  const system: System = {
    url,
    received: [],
    effects: [],
    keepsGeneration: true,
    trouble: () => undefined,
    target({ timeoutMs = 2_000, secret, token, news } = {}) {
      const settings = { pool: 'web', url: new URL(url), secret, token, timeoutMs, callback: undefined };
      const target = createWebhookTarget(settings, { clock, random: createRandom(1), ...(news === undefined ? {} : { news }) });
      targets.push(target);
      return target;
    },
    async close() {
      await Promise.all(targets.map((target) => target.close()));
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return system;
}

function misbehave(response: ServerResponse, trouble: Trouble): void {
  if (trouble === 'hang') return;
  if (trouble === 'cut') response.destroy();
  else if (trouble === 'half') {
    response.writeHead(200, { 'content-length': '100' });
    response.write('{"requestedRepl', () => response.destroy());
  } else response.writeHead(trouble[0], { ...trouble[2] }).end(trouble[1]);
}

/** Makes the next fitting question go wrong, and its repetitions within the adapter, too. */
export function armable(system: System) {
  let armed: { readonly at: FaultPoint; readonly kind: string } | undefined;
  let hasWritten = false;
  system.trouble = (question) => {
    const point = question.do === 'scale' ? 'write' : hasWritten ? 'confirm' : 'read';
    if (question.do === 'scale') hasWritten = true;
    if (armed === undefined || !armed.at.startsWith(point)) return undefined;
    const trouble = TROUBLES[armed.kind];
    if (trouble === undefined) throw new Error(`no trouble ${armed.kind}`);
    const when = armed.at === 'write-after' ? 'after' : 'before';
    armed = undefined;
    return { when, with: trouble };
  };
  return {
    arm(at: FaultPoint, kind: string): void {
      armed = { at, kind };
      hasWritten = false;
    },
    isArmed: () => armed !== undefined,
  };
}
