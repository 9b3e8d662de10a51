import type { Activity } from '@aws-sdk/client-auto-scaling';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import { silentMeter, type Meter } from '../../ports/meter.ts';
import {
  targetError,
  type ScaleRequest,
  type Target,
  type TargetCapabilities,
  type TargetResult,
  type TargetState,
} from '../../ports/target.ts';
import type { AwsCredentials } from './client-config.ts';
import type { Done } from './done.ts';
import { connectGroup, type GroupCalls, type GroupSettings } from './group-calls.ts';
import { GENERATION_TAG, launchesSince, launchNews, readGroup, type GroupReading, type LaunchNews } from './group.ts';
import { createGuardedWrite, GUARDED_CAPABILITIES } from './guarded-write.ts';
import type { AutoScalingLibrary } from './library.ts';

/** One EC2 Auto Scaling group as a pool. */
export interface GroupPoolSettings extends GroupSettings {
  readonly pool: string;
}

export interface GroupContext {
  readonly library: AutoScalingLibrary;
  readonly clock: Clock;
  readonly log: Log;
  /** Default: nothing is measured. */
  readonly meter?: Meter;
  /** Default: the SDK's chain (environment, shared files, web identity, container, instance). */
  readonly credentials?: AwsCredentials;
}

export interface GroupTarget extends Target {
  close(): void;
}

export function createGroupTarget(settings: GroupPoolSettings, context: GroupContext): GroupTarget {
  return new AutoScalingGroupTarget(settings, context);
}

// Its instances end as their lifecycle hooks say.
const CAPABILITIES: TargetCapabilities = { ...GUARDED_CAPABILITIES, drain: false };

/** Activities that are looked at when instances are missing. */
const ACTIVITIES_MAX = 20;

class AutoScalingGroupTarget implements GroupTarget {
  readonly kind = 'aws';
  readonly capabilities = CAPABILITIES;
  readonly #settings: GroupPoolSettings;
  readonly #calls: GroupCalls;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #meter: Meter;
  readonly #write: (request: ScaleRequest) => Promise<TargetResult<TargetState>>;
  /** Where the tag could not be written, and until it is read back. */
  #generation = 0;
  /** The launches until then are measured. */
  #launchedMs: number;
  #wasMissing = false;

  constructor(settings: GroupPoolSettings, { library, clock, log, meter = silentMeter, credentials }: GroupContext) {
    this.#settings = settings;
    this.#clock = clock;
    this.#meter = meter;
    this.#launchedMs = clock.nowMs();
    this.#log = log.child({ pool: settings.pool, group: settings.group });
    this.#calls = connectGroup(settings, library, credentials);
    this.#write = createGuardedWrite<GroupReading>({
      who: this.#calls.who,
      read: () => this.#read(),
      stateOf: (reading) => this.#stateOf(reading, {}),
      set: (_reading, replicas) => this.#setDesired(replicas),
      mark: (_reading, generation) => this.#mark(generation),
    });
  }

  async get(pool: string): Promise<TargetResult<TargetState>> {
    if (pool !== this.#settings.pool) return this.#unknown(pool);
    const read = await this.#read();
    if (!read.ok) return read;
    const isMissing = read.value.inService < read.value.desired;
    // Once more when all are there: the last of them tells how long it took.
    const news = isMissing || this.#wasMissing ? await this.#news(read.value) : {};
    this.#wasMissing = isMissing;
    return { ok: true, value: this.#stateOf(read.value, isMissing ? news : {}) };
  }

  scale(request: ScaleRequest): Promise<TargetResult<TargetState>> {
    return request.pool === this.#settings.pool ? this.#write(request) : Promise.resolve(this.#unknown(request.pool));
  }

  close(): void {
    this.#calls.close();
  }

  #setDesired(replicas: number): Promise<Done<unknown>> {
    const { library, client, call } = this.#calls;
    const order = { AutoScalingGroupName: this.#settings.group, DesiredCapacity: replicas, HonorCooldown: false };
    return call('write', () => client.send(new library.SetDesiredCapacityCommand(order)));
  }

  /** The count is written already: without the tag, a repetition after a restart is told by the count alone. */
  async #mark(generation: number): Promise<void> {
    this.#generation = generation;
    const tagged = await this.#calls.tag(GENERATION_TAG, String(generation));
    if (!tagged.ok) this.#log.warn({ code: tagged.error.code, reason: tagged.error.message }, 'the generation is not kept at the group');
  }

  async #read(): Promise<Done<GroupReading>> {
    const group = await this.#calls.describe();
    if (!group.ok) return group;
    const value = readGroup(group.value);
    return value === undefined ? targetError('broken-answer', `${this.#calls.who} tells no count`) : { ok: true, value };
  }

  /** Why some are missing. A reason that cannot be had is none. */
  async #news({ isSuspended }: GroupReading): Promise<LaunchNews> {
    if (isSuspended) return { stuckReason: 'launches are suspended at the group' };
    const { library, client, call } = this.#calls;
    const order = { AutoScalingGroupName: this.#settings.group, MaxRecords: ACTIVITIES_MAX };
    const told = await call('read', () => client.send(new library.DescribeScalingActivitiesCommand(order)));
    if (!told.ok) return {};
    const activities = told.value.Activities ?? [];
    this.#measureLaunches(activities);
    return launchNews(activities);
  }

  #measureLaunches(activities: readonly Activity[]): void {
    const launches = launchesSince(activities, this.#launchedMs);
    this.#launchedMs = launches.at(-1)?.endMs ?? this.#launchedMs;
    for (const { tookMs, isWarm } of launches) {
      const from = isWarm ? 'warm pool' : 'image';
      this.#meter.observe('forescale_aws_launch_seconds', tookMs / 1_000, { pool: this.#settings.pool, from });
      this.#log.debug({ tookMs, from }, 'an instance is in service');
    }
  }

  #stateOf(reading: GroupReading, news: LaunchNews): TargetState {
    return {
      pool: this.#settings.pool,
      requestedReplicas: reading.desired,
      readyReplicas: Math.floor(reading.inService),
      generation: Math.max(reading.generation, this.#generation),
      minReplicas: reading.min,
      maxReplicas: reading.max,
      observedAtMs: this.#clock.nowMs(),
      ...news,
    };
  }

  #unknown(pool: string): TargetResult<never> {
    return targetError('not-found', `this target has no pool ${pool}`);
  }
}
