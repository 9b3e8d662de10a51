import type { Bus, EntryId, TopicEntry } from '../../ports/bus.ts';
import type { Clock } from '../../ports/clock.ts';
import { decodeMessage } from '../../protocol/codec.ts';
import { partsOf, textAt } from '../../protocol/packed.ts';
import type { Decision, Plan } from '../../protocol/plan.ts';
import { plaAddress, pseAddress } from '../../protocol/address.ts';
import type { AuditRow } from '../api/cluster.ts';
import type { Cursor, PoolDetail, PoolNews, PoolRow } from '../api/pools.ts';
import { poolOfDecision, traceOf } from './outline.ts';
import { PoolLog, type LoggedDecision } from './pool-log.ts';
import { poolRow, producerRow, type InspectedPool } from './pool-row.ts';
import { Ring } from './ring.ts';
import { TopicReader, type TopicMessage } from './topics.ts';

/** Pools that are watched; more are left out and said. */
const POOLS_MAX = 10_000;
/** Points and decisions kept for one pool, and for all together. */
const POINTS_OF_POOL_MAX = 2_880;
const POINTS_MAX = 200_000;
const POINTS_OF_POOL_MIN = 60;
const PRODUCERS_SHOWN = 500;
const AUDIT_MAX = 500;
/** What was read less than this ago is new enough. */
const FRESH_MS = 250;

export interface FeedOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly pools: readonly InspectedPool[];
}

/**
 * What a node knows of its pools' past, read from the public topics when somebody asks, and only then: without a viewer it
 * costs nothing.
 */
export class PoolFeed {
  readonly #clock: Clock;
  readonly #bus: Bus;
  readonly #settings: ReadonlyMap<string, InspectedPool>;
  readonly #logs = new Map<string, PoolLog>();
  readonly #reader: TopicReader;
  readonly #pointsOfPool: number;
  readonly audit = new Ring<AuditRow>(AUDIT_MAX);
  #looking: Promise<void> | undefined;
  #lookedMs = Number.NEGATIVE_INFINITY;

  constructor({ bus, clock, pools }: FeedOptions) {
    this.#bus = bus;
    this.#clock = clock;
    this.#settings = new Map(pools.map((pool) => [pool.pool, pool]));
    this.#pointsOfPool = Math.max(POINTS_OF_POOL_MIN, Math.min(POINTS_OF_POOL_MAX, Math.floor(POINTS_MAX / Math.max(1, pools.length))));
    this.#reader = new TopicReader(bus, ['reports', 'decisions', 'actions', 'controls'], (topic, entry, after) =>
      topic === 'reports' ? this.#takeReport(entry) : topic === 'decisions' && this.#takeDecision(entry, after),
    );
    for (const { pool } of pools) this.#logOf(pool);
  }

  /** Entries of topics that could not be read. */
  get broken(): number {
    return this.#reader.broken;
  }

  /** Reads what is new; several callers share one reading. */
  async refresh(): Promise<void> {
    if (this.#clock.monotonicMs() - this.#lookedMs < FRESH_MS) return;
    this.#looking ??= this.#look().finally(() => (this.#looking = undefined));
    await this.#looking;
  }

  rows(): PoolRow[] {
    return [...this.#logs.values()].map((log) => this.#rowOf(log));
  }

  /** undefined: there is no such pool. */
  row(pool: string): PoolRow | undefined {
    const log = this.#logs.get(pool);
    return log === undefined ? undefined : this.#rowOf(log);
  }

  /** Pools that changed since `seen`, which is brought up to date. */
  changedSince(seen: Map<string, number>): readonly Pick<PoolLog, 'pool' | 'revision'>[] {
    const changed = [...this.#logs.values()].filter(({ pool, revision }) => seen.get(pool) !== revision);
    for (const { pool, revision } of changed) seen.set(pool, revision);
    return changed;
  }

  cursor(pool: string): Cursor | undefined {
    const log = this.#logs.get(pool);
    return log === undefined ? undefined : cursorOf(log);
  }

  detail(pool: string): PoolDetail | undefined {
    const log = this.#logs.get(pool);
    if (log === undefined) return undefined;
    const { report } = log;
    const producers = log.producers.first(PRODUCERS_SHOWN);
    return {
      row: this.#rowOf(log),
      horizonsMs: [...log.horizonsMs],
      experts: [...log.experts],
      points: [...log.points.items],
      resources: report?.resources ?? [],
      levels: report?.levels ?? [],
      originMs: report?.originMs ?? null,
      recommendations: report?.recommendations ?? [],
      model: report === undefined ? null : { version: report.model.version, trainedAtMs: report.model.trainedAtMs },
      decisions: log.decisions.items.map(({ outline }) => outline),
      actions: [...log.actions.values()],
      leadTimes: [...log.leadTimes],
      producers: producers.map((one) => producerRow(plaAddress(pool, one.producer), one)),
      producersLeftOut: Math.max(0, log.producers.size - PRODUCERS_SHOWN),
      settings: this.#settings.get(pool)?.planner ?? null,
      cursor: cursorOf(log),
    };
  }

  /** What came since a cursor. */
  news(pool: string, since: Cursor): PoolNews | undefined {
    const log = this.#logs.get(pool);
    if (log === undefined) return undefined;
    const points = log.points.since(since.points);
    const decisions = log.decisions.since(since.decisions);
    return {
      pool,
      row: this.#rowOf(log),
      experts: [...log.experts],
      points: [...points.items],
      resources: log.report?.resources ?? [],
      levels: log.report?.levels ?? [],
      originMs: log.report?.originMs ?? null,
      decisions: decisions.items.map(({ outline }) => outline),
      actions: [...log.actionsSince(since.actions)],
      missed: points.missed + decisions.missed,
      cursor: cursorOf(log),
    };
  }

  log(pool: string): PoolLog | undefined {
    return this.#logs.get(pool);
  }

  /** Why the forecaster behind an address is not ready; null when it is, or is no forecaster. */
  notReadyOf(address: string): PoolRow['notReady'] {
    for (const log of this.#logs.values()) {
      if (address === plaAddress(log.pool, null) || address === pseAddress(log.pool)) return this.#rowOf(log).notReady;
      if (!address.startsWith(`${plaAddress(log.pool, null)}/`)) continue;
      const report = log.producers.get(address.slice(plaAddress(log.pool, '').length));
      if (report !== undefined) return producerRow(address, report).notReady;
    }
    return null;
  }

  /** The whole decision, read from its topic; `gone` when the bus has let it go. */
  async decision(id: string): Promise<{ readonly decision: Decision; readonly log: PoolLog; readonly index: number } | 'unknown' | 'gone'> {
    const log = this.#logs.get(poolOfDecision(id) ?? '');
    const index = log?.decisions.items.findLastIndex(({ outline }) => outline.id === id) ?? -1;
    const logged: LoggedDecision | undefined = log?.decisions.items[index];
    if (log === undefined || logged === undefined) return 'unknown';
    const [entry] = await this.#bus.readTopic('decisions', logged.after, 1);
    const decoded = entry === undefined ? undefined : decodeMessage(entry.body, entry.contentType);
    if (decoded?.ok !== true || decoded.message.name !== 'decision' || decoded.message.data.plan.id !== id) return 'gone';
    return { decision: decoded.message.data, log, index };
  }

  async #look(): Promise<void> {
    const isMore = await this.#reader.look((_topic, found) => this.#take(found));
    // A long backlog is read over several looks: whoever waits gets what is known so far.
    this.#lookedMs = isMore ? Number.NEGATIVE_INFINITY : this.#clock.monotonicMs();
  }

  /** Reports of producers are kept as they come: there are many, and few are looked at. */
  #takeReport(entry: TopicEntry): boolean {
    const report = partsOf(entry.body, entry.contentType).get('data');
    const pool = textAt(report, 'pool');
    if (report === undefined || pool === undefined) return false;
    // Not by its source: the analyzer of a total speaks for a producer that is the only one.
    const producer = textAt(report, 'producer');
    const log = this.#logOf(pool);
    if (producer === undefined) log?.takeReport(report, entry);
    else log?.producers.put(producer, entry);
    return true;
  }

  #takeDecision(entry: TopicEntry, after: EntryId): boolean {
    const message = partsOf(entry.body, entry.contentType);
    const decision = message.get('data');
    const plan = decision?.get('plan')?.value() as Plan | undefined;
    if (plan === undefined) return false;
    this.#logOf(plan.pool)?.takeDecision(decision, plan, after, traceOf(textAt(message, 'traceparent')));
    return true;
  }

  #take({ message }: TopicMessage): void {
    const log = 'pool' in message.data && typeof message.data.pool === 'string' ? this.#logOf(message.data.pool) : undefined;
    if (log === undefined) return;
    if (message.name === 'confirmation') log.takeConfirmation(message.data);
    if (message.name === 'feedback') log.takeFeedback(message.data);
    if (message.name === 'control') {
      const { command, by, reason, replicas } = message.data;
      const what = command === 'override' ? `override to ${replicas ?? '?'}` : command;
      this.audit.push({ atMs: message.timeMs, what, by, pool: message.data.pool, reason });
    }
  }

  #logOf(pool: string): PoolLog | undefined {
    const known = this.#logs.get(pool);
    if (known !== undefined || this.#logs.size >= POOLS_MAX) return known;
    const made = new PoolLog(pool, this.#pointsOfPool);
    this.#logs.set(pool, made);
    return made;
  }

  #rowOf(log: PoolLog): PoolRow {
    return poolRow(log, this.#settings.get(log.pool), this.#clock.nowMs());
  }
}

function cursorOf(log: PoolLog): Cursor {
  return { points: log.points.end, decisions: log.decisions.end, actions: log.actionCursor };
}
