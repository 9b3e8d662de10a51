/**
 * One ECS service as a pool. Where Application Auto Scaling has policies for it, its least capacity is what is written, and
 * the policies stay reactive above it; otherwise the desired count.
 */
import type { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import type { ECSClient } from '@aws-sdk/client-ecs';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
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
import type { EcsLibraries } from './ecs-library.ts';
import { clientConfig, type AwsCallSettings, type AwsCredentials } from './client-config.ts';
import { attempt } from './failure.ts';
import { GENERATION_TAG, ORIGINAL_MIN_TAG, readScaler, readService, type Scaler, type ServiceReading } from './service.ts';

export interface ServicePoolSettings extends AwsCallSettings {
  readonly pool: string;
  readonly cluster: string;
  readonly service: string;
  /** `auto`: a floor where policies scale it, direct otherwise. */
  readonly mode: 'auto' | 'direct' | 'advise';
}

export interface ServiceContext {
  readonly libraries: EcsLibraries;
  readonly clock: Clock;
  readonly log: Log;
  /** Default: the SDK's chain. */
  readonly credentials?: AwsCredentials;
}

export interface ServiceTarget extends Target {
  close(): void;
}

export function createServiceTarget(settings: ServicePoolSettings, context: ServiceContext): ServiceTarget {
  return new EcsServiceTarget(settings, context);
}

const CAPABILITIES: TargetCapabilities = {
  scale: true,
  precondition: true,
  // The count and the tag are two calls.
  generation: 'beside-write',
  bounds: true,
  confirm: 'ready',
  drain: true,
  resize: false,
  quota: true,
};

const DIMENSION = 'ecs:service:DesiredCount';

interface Found {
  readonly service: ServiceReading;
  readonly scaler: Scaler | undefined;
}

type Read<T> = { readonly ok: true; readonly value: T } | Failed;

class EcsServiceTarget implements ServiceTarget {
  readonly kind = 'ecs';
  readonly #settings: ServicePoolSettings;
  readonly #libraries: EcsLibraries;
  readonly #ecs: ECSClient;
  readonly #scaling: ApplicationAutoScalingClient;
  readonly #clock: Clock;
  readonly #log: Log;
  /** Where tags could not be written, and until they are read back. */
  #generation = 0;
  #originalMin: number | undefined;
  #lastWrite: Promise<unknown> = Promise.resolve();

  constructor(settings: ServicePoolSettings, { libraries, clock, log, credentials }: ServiceContext) {
    this.#settings = settings;
    this.#libraries = libraries;
    this.#clock = clock;
    this.#log = log.child({ pool: settings.pool, service: settings.service });
    const config = clientConfig(settings, credentials);
    this.#ecs = new libraries.ecs.ECSClient(config);
    this.#scaling = new libraries.scaling.ApplicationAutoScalingClient(config);
  }

  get capabilities(): TargetCapabilities {
    return { ...CAPABILITIES, scale: this.#settings.mode !== 'advise' };
  }

  async get(pool: string): Promise<TargetResult<TargetState>> {
    if (pool !== this.#settings.pool) return this.#unknown(pool);
    const read = await this.#read();
    return read.ok ? { ok: true, value: this.#stateOf(read.value) } : read;
  }

  scale(request: ScaleRequest): Promise<TargetResult<TargetState>> {
    if (request.pool !== this.#settings.pool) return Promise.resolve(this.#unknown(request.pool));
    // The service has no precondition: between the look and the write nobody of this process comes.
    const written = this.#lastWrite.then(() => this.#write(request));
    this.#lastWrite = written.catch(() => undefined);
    return written;
  }

  close(): void {
    this.#ecs.destroy();
    this.#scaling.destroy();
  }

  async #write(request: ScaleRequest): Promise<TargetResult<TargetState>> {
    const { replicas, generation } = request;
    if (!Number.isInteger(replicas) || replicas < 0) return targetError('invalid', `${replicas} is no count of replicas`);
    const before = await this.#read();
    if (!before.ok) return before;
    const refused = this.#refusal(before.value, request);
    if (refused !== undefined) return { ok: false, error: refused };
    const set = this.#isFloor(before.value) ? await this.#raiseFloor(before.value, replicas) : await this.#setCount(replicas);
    if (!set.ok) return set;
    this.#generation = generation;
    await this.#tag(before.value.service.arn, GENERATION_TAG, generation);
    const after = await this.#read();
    if (!after.ok) return after.error.code === 'unavailable' ? { ok: false, error: { ...after.error, code: 'unknown-outcome' } } : after;
    const state = this.#stateOf(after.value);
    if (state.requestedReplicas !== replicas)
      return targetError('contradictory', `${this.#who} took ${replicas} and says ${state.requestedReplicas}`);
    return { ok: true, value: state };
  }

  #refusal(found: Found, { replicas, expectedReplicas, generation }: ScaleRequest): TargetError | undefined {
    const state = this.#stateOf(found);
    if (this.#settings.mode === 'advise') return { code: 'advice-only', message: `${this.#who} is only advised: as configured`, state };
    if (this.#settings.mode === 'direct' && found.scaler?.isActive === true) {
      const message = `${this.#who} is only advised: policies of Application Auto Scaling scale it, and two would fight; use the mode auto`;
      return { code: 'advice-only', message, state };
    }
    if (generation <= state.generation)
      return { code: 'superseded', message: `generation ${state.generation} was written already; this is ${generation}`, state };
    const { requestedReplicas: requested, minReplicas: min = 0, maxReplicas: max = Number.MAX_SAFE_INTEGER } = state;
    if (requested !== expectedReplicas)
      return { code: 'conflict', message: `the plan was made from ${expectedReplicas}, it has ${requested}`, state };
    if (replicas >= min && replicas <= max) return undefined;
    return { code: 'invalid', message: `${this.#who} takes ${min} to ${max}, not ${replicas}` };
  }

  #isFloor({ scaler }: Found): boolean {
    return scaler?.isActive === true;
  }

  #setCount(replicas: number): Promise<Read<unknown>> {
    const { cluster, service } = this.#settings;
    const command = new this.#libraries.ecs.UpdateServiceCommand({ cluster, service, desiredCount: replicas });
    return this.#call('write', () => this.#ecs.send(command));
  }

  /** The count first, where it is lower: a floor takes effect at the next move of a policy only. The floor is what counts as written. */
  async #raiseFloor({ service, scaler }: Found, replicas: number): Promise<Read<unknown>> {
    if (service.originalMin === undefined && this.#originalMin === undefined && scaler !== undefined) {
      this.#originalMin = scaler.min;
      await this.#tag(service.arn, ORIGINAL_MIN_TAG, scaler.min);
    }
    if (service.desired < replicas) {
      const set = await this.#setCount(replicas);
      if (!set.ok) return set;
    }
    const command = new this.#libraries.scaling.RegisterScalableTargetCommand({ ...this.#resource(), MinCapacity: replicas });
    return this.#call('write', () => this.#scaling.send(command));
  }

  /** The count is written already, or not yet: without the tag, this process is the only witness. */
  async #tag(resourceArn: string, key: string, value: number): Promise<void> {
    const command = new this.#libraries.ecs.TagResourceCommand({ resourceArn, tags: [{ key, value: String(value) }] });
    const tagged = await this.#call('write', () => this.#ecs.send(command));
    if (!tagged.ok)
      this.#log.warn({ key, code: tagged.error.code, reason: tagged.error.message }, 'a tag could not be written at the service');
  }

  async #read(): Promise<Read<Found>> {
    const { cluster, service: name } = this.#settings;
    const { ecs } = this.#libraries;
    const command = new ecs.DescribeServicesCommand({ cluster, services: [name], include: ['TAGS'] });
    const told = await this.#call('read', () => this.#ecs.send(command));
    if (!told.ok) return told;
    const { services, failures = [] } = told.value;
    if (services === undefined) return targetError('broken-answer', `${this.#who}: the answer holds no services`);
    const service = services.find((one) => one.serviceName === name || one.serviceArn === name);
    if (service === undefined) return targetError('not-found', `${this.#who} is not there (${failures[0]?.reason ?? 'no reason'})`);
    if (service.status !== 'ACTIVE') return targetError('not-found', `${this.#who} is going (${service.status ?? 'no status'})`);
    if (service.schedulingStrategy === 'DAEMON') return targetError('invalid', `${this.#who} is a daemon, which has no count`);
    const reading = readService(service, this.#clock.nowMs());
    if (reading === undefined) return targetError('broken-answer', `${this.#who} tells no count`);
    const scaler = await this.#readScaler();
    return scaler.ok ? { ok: true, value: { service: reading, scaler: scaler.value } } : scaler;
  }

  async #readScaler(): Promise<Read<Scaler | undefined>> {
    const { scaling } = this.#libraries;
    const { ServiceNamespace, ResourceId, ScalableDimension } = this.#resource();
    const targets = await this.#call('read', () =>
      this.#scaling.send(new scaling.DescribeScalableTargetsCommand({ ServiceNamespace, ResourceIds: [ResourceId], ScalableDimension })),
    );
    if (!targets.ok) return targets;
    const { ScalableTargets: found } = targets.value;
    if (found === undefined) return targetError('broken-answer', `${this.#who}: the answer holds no scalable targets`);
    const [target] = found;
    if (target === undefined) return { ok: true, value: undefined };
    const policies = await this.#call('read', () =>
      this.#scaling.send(new scaling.DescribeScalingPoliciesCommand({ ServiceNamespace, ResourceId, ScalableDimension })),
    );
    if (!policies.ok) return policies;
    const scaler = readScaler(target, policies.value.ScalingPolicies?.length ?? 0);
    return scaler === undefined
      ? targetError('broken-answer', `${this.#who}: its scalable target tells no bounds`)
      : { ok: true, value: scaler };
  }

  #stateOf(found: Found): TargetState {
    const { service, scaler } = found;
    const { pendingReason, stuckReason } = service;
    const isFloor = this.#isFloor(found);
    const requestedReplicas = isFloor && scaler !== undefined ? scaler.min : service.desired;
    const min = isFloor ? (service.originalMin ?? this.#originalMin ?? requestedReplicas) : scaler?.min;
    return {
      pool: this.#settings.pool,
      requestedReplicas,
      // Of a floor, what the policies run above it is their own affair: it was not asked for, and may go at any time.
      readyReplicas: Math.min(service.running, isFloor ? requestedReplicas : Math.max(service.desired, requestedReplicas)),
      generation: Math.max(service.generation, this.#generation),
      observedAtMs: this.#clock.nowMs(),
      ...(min === undefined ? {} : { minReplicas: min }),
      ...(scaler === undefined ? {} : { maxReplicas: scaler.max }),
      ...(pendingReason === undefined ? {} : { pendingReason }),
      ...(stuckReason === undefined ? {} : { stuckReason }),
    };
  }

  #resource(): { readonly ServiceNamespace: 'ecs'; readonly ResourceId: string; readonly ScalableDimension: typeof DIMENSION } {
    const { cluster, service } = this.#settings;
    return { ServiceNamespace: 'ecs', ResourceId: `service/${cluster}/${service}`, ScalableDimension: DIMENSION };
  }

  #call<T>(intent: Intent, send: () => Promise<T>): Promise<Read<T>> {
    return attempt(this.#who, intent, send);
  }

  get #who(): string {
    return `ECS service ${this.#settings.cluster}/${this.#settings.service}`;
  }

  #unknown(pool: string): TargetResult<never> {
    return targetError('not-found', `this target has no pool ${pool}`);
  }
}
