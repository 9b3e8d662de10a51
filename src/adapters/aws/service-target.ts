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
import type { Intent } from '../http/target-failure.ts';
import type { EcsLibraries } from './ecs-library.ts';
import { clientConfig, type AwsCallSettings, type AwsCredentials } from './client-config.ts';
import type { Done } from './done.ts';
import { attempt } from './failure.ts';
import { createGuardedWrite, GUARDED_CAPABILITIES } from './guarded-write.ts';
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

const DIMENSION = 'ecs:service:DesiredCount';

interface Found {
  readonly service: ServiceReading;
  readonly scaler: Scaler | undefined;
}

class EcsServiceTarget implements ServiceTarget {
  readonly kind = 'ecs';
  readonly #settings: ServicePoolSettings;
  readonly #libraries: EcsLibraries;
  readonly #ecs: ECSClient;
  readonly #scaling: ApplicationAutoScalingClient;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #write: (request: ScaleRequest) => Promise<TargetResult<TargetState>>;
  /** Where tags could not be written, and until they are read back. */
  #generation = 0;
  #originalMin: number | undefined;

  constructor(settings: ServicePoolSettings, { libraries, clock, log, credentials }: ServiceContext) {
    this.#settings = settings;
    this.#libraries = libraries;
    this.#clock = clock;
    this.#log = log.child({ pool: settings.pool, service: settings.service });
    const config = clientConfig(settings, credentials);
    this.#ecs = new libraries.ecs.ECSClient(config);
    this.#scaling = new libraries.scaling.ApplicationAutoScalingClient(config);
    this.#write = createGuardedWrite<Found>({
      who: this.#who,
      read: () => this.#read(),
      stateOf: (found) => this.#stateOf(found),
      refuses: (found) => this.#onlyAdvised(found),
      set: (found, replicas) => (this.#isFloor(found) ? this.#raiseFloor(found, replicas) : this.#setCount(replicas)),
      mark: async ({ service }, generation) => {
        this.#generation = generation;
        await this.#tag(service.arn, GENERATION_TAG, generation);
      },
    });
  }

  get capabilities(): TargetCapabilities {
    return { ...GUARDED_CAPABILITIES, scale: this.#settings.mode !== 'advise', drain: true };
  }

  async get(pool: string): Promise<TargetResult<TargetState>> {
    if (pool !== this.#settings.pool) return this.#unknown(pool);
    const read = await this.#read();
    return read.ok ? { ok: true, value: this.#stateOf(read.value) } : read;
  }

  scale(request: ScaleRequest): Promise<TargetResult<TargetState>> {
    return request.pool === this.#settings.pool ? this.#write(request) : Promise.resolve(this.#unknown(request.pool));
  }

  close(): void {
    this.#ecs.destroy();
    this.#scaling.destroy();
  }

  #onlyAdvised(found: Found): TargetError | undefined {
    const why = this.#whyAdvised(found);
    return why === undefined
      ? undefined
      : { code: 'advice-only', message: `${this.#who} is only advised: ${why}`, state: this.#stateOf(found) };
  }

  #whyAdvised({ scaler }: Found): string | undefined {
    const { mode } = this.#settings;
    if (mode === 'advise') return 'as configured';
    const wouldFight = mode === 'direct' && scaler?.isActive === true;
    return wouldFight ? 'policies of Application Auto Scaling scale it, and two would fight; use the mode auto' : undefined;
  }

  #isFloor({ scaler }: Found): boolean {
    return scaler?.isActive === true;
  }

  #setCount(replicas: number): Promise<Done<unknown>> {
    const { cluster, service } = this.#settings;
    const command = new this.#libraries.ecs.UpdateServiceCommand({ cluster, service, desiredCount: replicas });
    return this.#call('write', () => this.#ecs.send(command));
  }

  /** The count first, where it is lower: a floor takes effect at the next move of a policy only. The floor is what counts as written. */
  async #raiseFloor({ service, scaler }: Found, replicas: number): Promise<Done<unknown>> {
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

  async #read(): Promise<Done<Found>> {
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

  async #readScaler(): Promise<Done<Scaler | undefined>> {
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

  #call<T>(intent: Intent, send: () => Promise<T>): Promise<Done<T>> {
    return attempt(this.#who, intent, send);
  }

  get #who(): string {
    return `ECS service ${this.#settings.cluster}/${this.#settings.service}`;
  }

  #unknown(pool: string): TargetResult<never> {
    return targetError('not-found', `this target has no pool ${pool}`);
  }
}
