import assert from 'node:assert/strict';
import type { ContentType } from '../ports/bus.ts';

/** How failing actors are treated. */
export interface SupervisionSettings {
  /** Restarts within `restartWindowMs` before an actor backs off. Default 5. */
  readonly restartsMax: number;
  /** Milliseconds. Default 60 s. */
  readonly restartWindowMs: number;
  /** First back-off, milliseconds; doubles each time, then half of it is drawn at random. Default 1 s. */
  readonly backOffMinMs: number;
  /** Longest back-off, milliseconds. Default 60 s. */
  readonly backOffMaxMs: number;
  /** Back-offs before an actor is quarantined. Default 5. */
  readonly backOffsMax: number;
  /** Without a failure for this long, the back-offs are forgotten, milliseconds. Default 10 min. */
  readonly forgetMs: number;
}

export interface RuntimeSettings extends SupervisionSettings {
  /** Encoding of messages between actors. Default MessagePack. */
  readonly contentType: ContentType;
  /** Entries taken from a shard's stream at once, which are committed together. Default 256. */
  readonly batchEntriesMax: number;
  /** How long one read waits for entries, milliseconds. Default 1 s. */
  readonly readWaitMs: number;
  /** Work done before the event loop gets a turn, milliseconds. Default 5 ms. */
  readonly sliceMs: number;
  /** A lease whose beat stands still for this long on a contender's monotonic clock may be taken, milliseconds. Default 3 s. */
  readonly leaseMs: number;
  /** Between beats, milliseconds. Default 500 ms. */
  readonly beatMs: number;
  /** A holder stops this long before others may take over, milliseconds. Default 500 ms. */
  readonly leaseMarginMs: number;
  /** Between looks at the leases while shards change hands, milliseconds. Default 100 ms. */
  readonly lookMs: number;
  /** How long the effects of a shard that is handed over may go on before they are aborted, milliseconds. Default 3 s. */
  readonly handOverMs: number;
  /** Effects that run at the same time. Default 64. */
  readonly effectsMax: number;
  /** An executor that has not answered by then is aborted, milliseconds. Default 2 min. */
  readonly executorTimeoutMs: number;
  /** Entries parked for one actor; the ones beyond become dead letters. Default 1,000. */
  readonly parkedMax: number;
  /** Senders whose sequences one actor remembers; the one that was silent longest is forgotten. Default 64. */
  readonly sourcesMax: number;
  /** Actors of one shard in memory; beyond, those that were idle longest are put away. Default 4,096. */
  readonly actorsMax: number;
  /** An actor without a message for this long is put away, milliseconds. Default 10 min. */
  readonly idleMs: number;
  /** Between rounds of putting away, trimming and catching up, milliseconds. Default 10 s. */
  readonly housekeepingMs: number;
  /**
   * A snapshot that is further behind the stream is written anew, so that the stream can be trimmed, entries. Default 50,000: the
   * analyzers of ten thousand producers on one node write theirs before, each at its own time.
   */
  readonly snapshotLagMax: number;
  /** One that is older than this, and not just behind, too, milliseconds. Default 1 h. */
  readonly snapshotAgeMaxMs: number;
  /** First wait after an error of the bus, milliseconds; doubles, half of it drawn at random. Default 50 ms. */
  readonly retryMinMs: number;
  /** Longest such wait, milliseconds. Default 2 s. */
  readonly retryMaxMs: number;
  /** How long `drain` takes at the most, milliseconds. Default 10 s. */
  readonly drainMs: number;
}

export const RUNTIME_DEFAULTS: RuntimeSettings = Object.freeze({
  contentType: 'application/msgpack',
  batchEntriesMax: 256,
  readWaitMs: 1_000,
  sliceMs: 5,
  leaseMs: 3_000,
  beatMs: 500,
  leaseMarginMs: 500,
  lookMs: 100,
  handOverMs: 3_000,
  effectsMax: 64,
  executorTimeoutMs: 120_000,
  parkedMax: 1_000,
  sourcesMax: 64,
  actorsMax: 4_096,
  idleMs: 600_000,
  housekeepingMs: 10_000,
  snapshotLagMax: 50_000,
  snapshotAgeMaxMs: 3_600_000,
  retryMinMs: 50,
  retryMaxMs: 2_000,
  drainMs: 10_000,
  restartsMax: 5,
  restartWindowMs: 60_000,
  backOffMinMs: 1_000,
  backOffMaxMs: 60_000,
  backOffsMax: 5,
  forgetMs: 600_000,
});

/** Fills in the defaults. Throws where a value makes no sense: these are set by programs, not by people. */
export function resolveRuntimeSettings(given: Partial<RuntimeSettings> = {}): RuntimeSettings {
  const settings = { ...RUNTIME_DEFAULTS, ...given };
  for (const [name, value] of Object.entries(settings)) {
    if (name === 'contentType') continue;
    assert(typeof value === 'number' && Number.isFinite(value) && value > 0, `${name} must be a number above 0, got ${value}`);
  }
  assert(settings.leaseMarginMs + settings.beatMs < settings.leaseMs, 'leaseMs must be longer than beatMs and leaseMarginMs together');
  return Object.freeze(settings);
}
