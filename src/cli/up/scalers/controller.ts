/**
 * The controller of `PredictiveScaler`: keeps them by list and watch, makes pools of their specs, and tells in their status
 * what came of it. It reads and writes nothing else; a workload is left as it is when its scaler goes.
 */
import { createKubernetesClient, FIELD_MANAGER, type KubernetesClient } from '../../../adapters/kubernetes/client.ts';
import type { Connection } from '../../../adapters/kubernetes/connection.ts';
import { createInformer, type Informer } from '../../../adapters/kubernetes/informer.ts';
import type { JsonObject } from '../../../adapters/kubernetes/json.ts';
import type { NodeSettings } from '../../../config/settings.ts';
import { sleep, type Clock } from '../../../ports/clock.ts';
import type { Bus } from '../../../ports/bus.ts';
import type { Log } from '../../../ports/log.ts';
import type { Random } from '../../../ports/random.ts';
import { judge, ownSettings, type Judged, type Judges } from './judge.ts';
import { PlansSeen } from './plans-seen.ts';
import { isUrgent, statusOf } from './scaler-status.ts';
import { scalerCollection, toScaler, type ScalerObject } from './scaler-object.ts';

export interface ScalerControllerOptions extends Judges {
  readonly connection: Connection;
  readonly namespace: string;
  readonly resyncMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** A node that runs what the controller made of the scalers. */
export interface Running {
  readonly bus: Pick<Bus, 'readTopic'>;
  readonly settings: NodeSettings;
  /** Whether the engine of the pool lives on this node: of several nodes, that one tells its status. */
  isHere(pool: string): boolean;
}

/** Changes come in flocks: a node begins anew when none came for this long. */
const QUIET_MS = 1_000;
const TELL_EVERY_MS = 2_000;
/** A decision that changes nothing is told no more often, so that a thousand scalers stay cheap. */
const PATIENT_MS = 60_000;

export class ScalerController {
  readonly #options: ScalerControllerOptions;
  readonly #client: KubernetesClient;
  readonly #informer: Informer;
  readonly #stopping = new AbortController();
  readonly #toldMs = new Map<string, number>();
  #judged: Judged;
  /** What was judged, as a text. */
  #seen = '';
  #changedMs = Number.NEGATIVE_INFINITY;
  #running: Running | undefined;
  #plans: PlansSeen | undefined;
  #telling: Promise<void> | undefined;

  constructor(options: ScalerControllerOptions) {
    const { connection, namespace, resyncMs, compose, clock, random, log } = options;
    this.#options = options;
    this.#client = createKubernetesClient(connection, clock);
    this.#judged = { settings: ownSettings(compose), verdicts: new Map() };
    this.#informer = createInformer({
      client: this.#client,
      clock,
      random,
      log,
      collection: scalerCollection(namespace),
      prune: withoutManagers,
      keepsAll: true,
      resyncMs,
      onChange: () => void (this.#changedMs = clock.monotonicMs()),
    });
  }

  /** The config with the pools of all scalers that fit into it. */
  get settings(): NodeSettings {
    return this.#judged.settings;
  }

  /** Resolves when the scalers are known for the first time, or `signal` is aborted. */
  async start(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    this.#informer.start();
    while (this.#informer.all() === undefined && !signal.aborted) await sleep(clock, 100, signal);
    await this.#judge();
    this.#telling ??= this.#tellOn();
  }

  /** Resolves when the pools are to be others than those of `settings`, or `signal` is aborted. */
  async changed(settings: NodeSettings, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const before = textOf(settings);
    while (!signal.aborted) {
      await sleep(clock, QUIET_MS, signal);
      if (clock.monotonicMs() - this.#changedMs < QUIET_MS) continue;
      await this.#judge();
      if (textOf(this.settings) !== before) return;
    }
  }

  /** From now on the status is told from what this node decides; undefined: from nothing. */
  attach(running: Running | undefined): void {
    this.#running = running;
    this.#plans = running && new PlansSeen(running.bus, this.#options.clock, running.settings.pools);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#telling;
    await this.#informer.stop();
    await this.#client.close();
  }

  #scalers(): readonly ScalerObject[] {
    return (this.#informer.all() ?? []).flatMap((object) => toScaler(object) ?? []);
  }

  async #judge(): Promise<void> {
    const scalers = this.#scalers();
    const seen = JSON.stringify(scalers.map(({ name, generation, createdAt, spec }) => [name, generation, createdAt, spec]));
    if (seen === this.#seen) return;
    this.#seen = seen;
    this.#judged = await judge(scalers, this.#options);
    const { log } = this.#options;
    for (const [name, { isAccepted, message }] of this.#judged.verdicts) {
      if (!isAccepted) log.warn({ scaler: name, reason: message }, 'a PredictiveScaler cannot be used');
    }
  }

  async #tellOn(): Promise<void> {
    const { clock, log } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await this.#plans?.look();
        for (const scaler of this.#scalers()) if (!signal.aborted) await this.#tell(scaler);
      } catch (error) {
        log.debug({ error }, 'the status of scalers cannot be told now');
      }
      await sleep(clock, TELL_EVERY_MS, signal);
    }
  }

  async #tell(scaler: ScalerObject): Promise<void> {
    const { clock, log } = this.#options;
    const { name, namespace, status } = scaler;
    const verdict = this.#judged.verdicts.get(name);
    // What is to be judged first, or is told by the node that has the engine.
    if (verdict === undefined || (verdict.isAccepted && this.#running?.isHere(name) !== true)) return;
    const wanted = statusOf(scaler, verdict, this.#plans?.of(name), clock.nowMs());
    const sinceMs = clock.monotonicMs() - (this.#toldMs.get(name) ?? Number.NEGATIVE_INFINITY);
    if (sameText(wanted, status) || (!isUrgent(status, wanted) && sinceMs < PATIENT_MS)) return;
    this.#toldMs.set(name, clock.monotonicMs());
    const written = await this.#client.send({
      method: 'PATCH',
      path: `${scalerCollection(namespace)}/${encodeURIComponent(name)}/status?fieldManager=${FIELD_MANAGER}`,
      contentType: 'application/merge-patch+json',
      body: { status: { ...emptied(status), ...wanted } },
      intent: 'write',
    });
    if (written.ok) this.#informer.put(written.value);
    else if (written.error.code !== 'not-found') log.warn({ scaler: name, reason: written.error.message }, 'a status could not be told');
  }
}

/** A merge patch takes away what it says is null. */
function emptied(status: JsonObject): JsonObject {
  return Object.fromEntries(Object.keys(status).map((key) => [key, null]));
}

function sameText(a: JsonObject, b: JsonObject): boolean {
  const sorted = (object: JsonObject): string =>
    JSON.stringify(object, (_key, value: unknown) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).sort(([x], [y]) => x.localeCompare(y)))
        : value,
    );
  return sorted(a) === sorted(b);
}

function textOf({ pools, sources, root }: NodeSettings): string {
  return JSON.stringify({ pools, sources, root });
}

function withoutManagers(object: JsonObject): JsonObject {
  const { managedFields: _managers, ...metadata } = object['metadata'] as JsonObject;
  return { ...object, metadata };
}
