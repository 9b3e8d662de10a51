import type { Activity, AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import { silentMeter, type Meter } from '../../ports/meter.ts';
import {
  targetError,
  type ScaleRequest,
  type Target,
  type TargetCapabilities,
  type TargetError,
  type TargetResult,
  type TargetState,
} from '../../ports/target.ts';
import type { Failed, Intent } from '../http/target-failure.ts';
import { clientConfig, type AwsCallSettings, type AwsCredentials } from './client-config.ts';
import { attempt } from './failure.ts';
import { GENERATION_TAG, launchesSince, launchNews, readGroup, type GroupReading, type LaunchNews } from './group.ts';
import type { AutoScalingLibrary } from './library.ts';

/** One EC2 Auto Scaling group as a pool. */
export interface GroupPoolSettings extends AwsCallSettings {
  readonly pool: string;
  readonly group: string;
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

const CAPABILITIES: TargetCapabilities = {
  scale: true,
  precondition: true,
  // The count and the tag are two calls.
  generation: 'beside-write',
  bounds: true,
  confirm: 'ready',
  drain: false,
  resize: false,
  quota: true,
};

/** Activities that are looked at when instances are missing. */
const ACTIVITIES_MAX = 20;

type Read = { readonly ok: true; readonly value: GroupReading } | Failed;

class AutoScalingGroupTarget implements GroupTarget {
  readonly kind = 'aws';
  readonly capabilities = CAPABILITIES;
  readonly #settings: GroupPoolSettings;
  readonly #library: AutoScalingLibrary;
  readonly #client: AutoScalingClient;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #meter: Meter;
  /** Where the tag could not be written, and until it is read back. */
  #generation = 0;
  /** The launches until then are measured. */
  #launchedMs: number;
  #wasMissing = false;
  #lastWrite: Promise<unknown> = Promise.resolve();

  constructor(settings: GroupPoolSettings, { library, clock, log, meter = silentMeter, credentials }: GroupContext) {
    this.#settings = settings;
    this.#library = library;
    this.#clock = clock;
    this.#meter = meter;
    this.#launchedMs = clock.nowMs();
    this.#log = log.child({ pool: settings.pool, group: settings.group });
    this.#client = new library.AutoScalingClient(clientConfig(settings, credentials));
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
    if (request.pool !== this.#settings.pool) return Promise.resolve(this.#unknown(request.pool));
    // The service has no precondition: between the look and the write nobody of this process comes.
    const written = this.#lastWrite.then(() => this.#write(request));
    this.#lastWrite = written.catch(() => undefined);
    return written;
  }

  close(): void {
    this.#client.destroy();
  }

  async #write({ replicas, expectedReplicas, generation }: ScaleRequest): Promise<TargetResult<TargetState>> {
    if (!Number.isInteger(replicas) || replicas < 0) return targetError('invalid', `${replicas} is no count of replicas`);
    const before = await this.#read();
    if (!before.ok) return before;
    const refused = this.#refusal(before.value, replicas, expectedReplicas, generation);
    if (refused !== undefined) return { ok: false, error: refused };
    const { SetDesiredCapacityCommand } = this.#library;
    const order = { AutoScalingGroupName: this.#settings.group, DesiredCapacity: replicas, HonorCooldown: false };
    const set = await this.#call('write', () => this.#client.send(new SetDesiredCapacityCommand(order)));
    if (!set.ok) return set;
    this.#generation = generation;
    await this.#tag(generation);
    const after = await this.#read();
    if (!after.ok) return after.error.code === 'unavailable' ? { ok: false, error: { ...after.error, code: 'unknown-outcome' } } : after;
    if (after.value.desired !== replicas)
      return targetError('contradictory', `${this.#who} took ${replicas} and says ${after.value.desired}`);
    return { ok: true, value: this.#stateOf(after.value, {}) };
  }

  #refusal(now: GroupReading, replicas: number, expected: number, generation: number): TargetError | undefined {
    const state = this.#stateOf(now, {});
    if (generation <= state.generation)
      return { code: 'superseded', message: `generation ${state.generation} was written already; this is ${generation}`, state };
    if (now.desired !== expected) return { code: 'conflict', message: `the plan was made from ${expected}, it has ${now.desired}`, state };
    if (replicas >= now.min && replicas <= now.max) return undefined;
    return { code: 'invalid', message: `${this.#who} takes ${now.min} to ${now.max}, not ${replicas}` };
  }

  /** The count is written already: without the tag, a repetition after a restart is told by the count alone. */
  async #tag(generation: number): Promise<void> {
    const tag = {
      ResourceId: this.#settings.group,
      ResourceType: 'auto-scaling-group',
      Key: GENERATION_TAG,
      Value: String(generation),
      PropagateAtLaunch: false,
    };
    const { CreateOrUpdateTagsCommand } = this.#library;
    const tagged = await this.#call('write', () => this.#client.send(new CreateOrUpdateTagsCommand({ Tags: [tag] })));
    if (!tagged.ok) this.#log.warn({ code: tagged.error.code, reason: tagged.error.message }, 'the generation is not kept at the group');
  }

  async #read(): Promise<Read> {
    const { DescribeAutoScalingGroupsCommand } = this.#library;
    const names = { AutoScalingGroupNames: [this.#settings.group] };
    const told = await this.#call('read', () => this.#client.send(new DescribeAutoScalingGroupsCommand(names)));
    if (!told.ok) return told;
    const groups = told.value.AutoScalingGroups;
    if (groups === undefined) return targetError('broken-answer', `${this.#who}: the answer holds no groups`);
    const group = groups.find(({ AutoScalingGroupName: name }) => name === this.#settings.group);
    // A group that is deleted is told until its last instance is gone.
    if (group === undefined || group.Status !== undefined)
      return targetError('not-found', `${this.#who} ${group === undefined ? 'is not there' : `is going (${group.Status})`}`);
    const value = readGroup(group);
    return value === undefined ? targetError('broken-answer', `${this.#who} tells no count`) : { ok: true, value };
  }

  /** Why some are missing. A reason that cannot be had is none. */
  async #news({ isSuspended }: GroupReading): Promise<LaunchNews> {
    if (isSuspended) return { stuckReason: 'launches are suspended at the group' };
    const { DescribeScalingActivitiesCommand } = this.#library;
    const order = { AutoScalingGroupName: this.#settings.group, MaxRecords: ACTIVITIES_MAX };
    const told = await this.#call('read', () => this.#client.send(new DescribeScalingActivitiesCommand(order)));
    if (!told.ok) return {};
    const activities = told.value.Activities ?? [];
    this.#measureLaunches(activities);
    return launchNews(activities);
  }

  #measureLaunches(activities: readonly Activity[]): void {
    const launches = launchesSince(activities, this.#launchedMs);
    this.#launchedMs = launches.at(-1)?.endMs ?? this.#launchedMs;
    for (const { tookMs } of launches) {
      this.#meter.observe('forescale_aws_launch_seconds', tookMs / 1_000, { pool: this.#settings.pool });
      this.#log.debug({ tookMs }, 'an instance is in service');
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

  #call<T>(intent: Intent, send: () => Promise<T>): Promise<{ readonly ok: true; readonly value: T } | Failed> {
    return attempt(this.#who, intent, send);
  }

  get #who(): string {
    return `Auto Scaling group ${this.#settings.group}`;
  }

  #unknown(pool: string): TargetResult<never> {
    return targetError('not-found', `this target has no pool ${pool}`);
  }
}
