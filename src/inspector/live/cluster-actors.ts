import { Type, type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import type { Bus } from '../../ports/bus.ts';
import type { PeerAnswer, Peers } from '../../ports/peers.ts';
import { shardOf } from '../../protocol/address.ts';
import { ActorDetail, OwnActors, type ActorList, type ActorNode, type ActorRow } from '../api/actors.ts';
import { NodeRow } from '../api/cluster.ts';
import type { ActorFeed } from './actors.ts';

const Question = Type.Union([
  Type.Object({ ask: Type.Literal('actors') }),
  Type.Object({ ask: Type.Literal('node') }),
  Type.Object({ ask: Type.Literal('actor'), address: Type.String({ maxLength: 1_000 }) }),
]);
type Question = Static<typeof Question>;

/** Actors of all nodes together that are listed. */
const LISTED_MAX = 50_000;

interface Checker {
  Check(value: unknown): boolean;
}

/** Compiled when the first is needed. */
let checkers: { readonly question: Checker; readonly list: Checker; readonly detail: Checker; readonly node: Checker } | undefined;

/** The actors of the whole cluster from any node: its own, and what the others tell when they are asked. */
export class ClusterActors {
  readonly #node: string;
  readonly #own: ActorFeed;
  readonly #bus: Bus;
  readonly #peers: Peers | undefined;
  readonly #ownNode: () => NodeRow;

  constructor(node: string, own: ActorFeed, bus: Bus, peers: Peers | undefined, ownNode: () => NodeRow) {
    this.#ownNode = ownNode;
    this.#node = node;
    this.#own = own;
    this.#bus = bus;
    this.#peers = peers;
    peers?.answer((question) => this.#answer(question));
  }

  /** A node that does not answer is listed with the reason, and its actors are not. */
  async list(): Promise<ActorList> {
    const own = this.#own.list();
    const nodes: ActorNode[] = [{ node: this.#node, actors: own.actors.length + own.leftOut, missing: null }];
    const found = new Map<string, ActorRow>(own.actors.map((row) => [row.address, row]));
    let { leftOut } = own;
    for (const { node, answer } of await this.#askAll({ ask: 'actors' })) {
      const list = answer.ok && isShaped('list', answer.value) ? (answer.value as OwnActors) : undefined;
      nodes.push({
        node,
        actors: list === undefined ? null : list.actors.length + list.leftOut,
        missing: list === undefined ? whyOf(answer) : null,
      });
      leftOut += list?.leftOut ?? 0;
      // While a shard changes hands both may have it.
      for (const row of list?.actors ?? [])
        if (found.has(row.address) || found.size < LISTED_MAX) found.set(row.address, found.get(row.address) ?? { ...row, node });
        else leftOut += 1;
    }
    return { node: this.#node, nodes, actors: [...found.values()], leftOut };
  }

  /** What other nodes tell of themselves; one that does not answer, or answers otherwise, is left out. */
  async nodes(): Promise<ReadonlyMap<string, NodeRow>> {
    const found = new Map<string, NodeRow>();
    for (const { node, answer } of await this.#askAll({ ask: 'node' }))
      if (answer.ok && isShaped('node', answer.value)) found.set(node, answer.value as NodeRow);
    return found;
  }

  /** Text: why there is nothing to show. */
  async detail(address: string): Promise<ActorDetail | string | undefined> {
    const own = this.#own.detail(address);
    if (own !== undefined || this.#peers === undefined) return own;
    const owner = (await this.#bus.readLeases())[shardOf(address)]?.owner ?? '';
    if (owner === this.#node) return undefined;
    if (owner === '') return 'No node holds its shard now';
    const answer = await this.#peers.ask(owner, { ask: 'actor', address } satisfies Question);
    if (answer.ok && answer.value === null) return undefined;
    if (!answer.ok || !isShaped('detail', answer.value)) return `${owner}, which holds its shard, ${whyOf(answer)}`;
    const detail = answer.value as ActorDetail;
    return { ...detail, row: { ...detail.row, node: owner } };
  }

  async #askAll(question: Question): Promise<readonly { readonly node: string; readonly answer: PeerAnswer }[]> {
    const peers = this.#peers;
    if (peers === undefined) return [];
    const owners = (await this.#bus.readLeases()).map(({ owner }) => owner);
    const others = new Set([...peers.others(), ...owners]);
    others.delete(this.#node);
    others.delete('');
    return Promise.all([...others].sort().map(async (node) => ({ node, answer: await peers.ask(node, question) })));
  }

  #answer(question: unknown): unknown {
    if (!isShaped('question', question)) throw new Error('it asks what this version does not know');
    const asked = question as Question;
    if (asked.ask === 'node') return this.#ownNode();
    return asked.ask === 'actors' ? this.#own.list() : (this.#own.detailFromAfar(asked.address) ?? null);
  }
}

function isShaped(what: 'question' | 'list' | 'detail' | 'node', value: unknown): boolean {
  checkers ??= { question: Compile(Question), list: Compile(OwnActors), detail: Compile(ActorDetail), node: Compile(NodeRow) };
  return checkers[what].Check(value);
}

function whyOf(answer: PeerAnswer): string {
  if (answer.ok) return 'answers otherwise than this version reads';
  const texts = {
    absent: 'is not reachable: it may be gone, or has no inspector',
    silent: 'does not answer',
    failed: 'could not be asked',
  };
  return texts[answer.why];
}
