import type { XmlValue } from './answers.ts';

export interface SimulatedGroupOptions {
  readonly name: string;
  readonly minSize: number;
  readonly maxSize: number;
  readonly desired: number;
  readonly nowMs: () => number;
  /** From the launch of an instance to InService. */
  readonly launchMs: number;
  readonly cooldownMs: number;
  /** Units of capacity of each new instance, in turn; default: one, without weights. */
  readonly weights?: readonly number[];
  /** From the warm pool to InService. */
  readonly warmLaunchMs?: number;
}

/** A scheduled action: once, at its time. */
export interface SimulatedAction {
  readonly name: string;
  readonly atMs: number;
  readonly min: number;
}

/** What is asked of a warm pool. */
export interface SimulatedWarmPool {
  readonly minSize: number;
  readonly prepared: number;
  readonly state: string;
  readonly reuse: boolean;
}

interface Instance {
  readonly id: string;
  readonly weight: number;
  readonly launchedMs: number;
  readonly readyMs: number;
}

interface Activity {
  readonly id: string;
  readonly description: string;
  readonly startMs: number;
  /** When it succeeds, unless it failed. */
  readonly endMs: number;
  readonly failure?: string;
}

export type Refusal = readonly [code: string, message: string, status: number];

/** Activities that are told, newest first. */
const ACTIVITIES_MAX = 100;

/** An Auto Scaling group. Instances are a function of time: nothing has to run for them to get ready. */
export class SimulatedGroup {
  readonly name: string;
  /** Counts that were set, oldest first. */
  readonly effects: number[] = [];
  /** Launches fail with these words while it is set. */
  launchFailure: string | undefined;
  /** A change by somebody else is on its way. */
  isContended = false;
  isLaunchSuspended = false;
  /** What is to come, by name. */
  readonly scheduled = new Map<string, SimulatedAction>();
  readonly tags = new Map<string, string>();
  warmPool: SimulatedWarmPool | undefined;
  /** When each instance of the warm pool is prepared. */
  #warm: number[] = [];
  readonly #options: SimulatedGroupOptions;
  #instances: Instance[] = [];
  #activities: Activity[] = [];
  #desired: number;
  #minSize: number;
  #changedMs = Number.NEGATIVE_INFINITY;
  #ids = 0;
  #launches = 0;

  constructor(options: SimulatedGroupOptions) {
    this.name = options.name;
    this.#options = options;
    this.#desired = options.desired;
    this.#minSize = options.minSize;
    const nowMs = options.nowMs();
    while (this.#capacity < options.desired) this.#launch(nowMs, nowMs);
  }

  get minSize(): number {
    this.#reconcile();
    return this.#minSize;
  }

  get desired(): number {
    this.#reconcile();
    return this.#desired;
  }

  /** As by hand. */
  setMinSize(minSize: number): void {
    this.#minSize = minSize;
    this.#desired = Math.max(this.#desired, minSize);
  }

  /** What is over is refused, and so is a time that another has. */
  schedule(action: SimulatedAction): Refusal | undefined {
    const refuse = (message: string): Refusal => ['ValidationError', message, 400];
    if (!(action.atMs > this.#options.nowMs())) return refuse('Given start time is in the past');
    const others = [...this.scheduled.values()].filter(({ name }) => name !== action.name);
    if (others.some(({ atMs }) => atMs === action.atMs)) return refuse('Another scheduled action has this time');
    this.scheduled.set(action.name, action);
    return undefined;
  }

  setDesired(desired: number, honorsCooldown: boolean): Refusal | undefined {
    const { maxSize, nowMs, cooldownMs } = this.#options;
    const { minSize } = this;
    if (desired > maxSize)
      return ['ValidationError', `New SetDesiredCapacity value ${desired} is above max value ${maxSize} for the AutoScalingGroup.`, 400];
    if (desired < minSize)
      return ['ValidationError', `New SetDesiredCapacity value ${desired} is below min value ${minSize} for the AutoScalingGroup.`, 400];
    if (this.isContended) return ['ResourceContention', `You already have a pending update to an Auto Scaling group`, 500];
    if (honorsCooldown && nowMs() - this.#changedMs < cooldownMs) return ['ScalingActivityInProgress', 'Scaling activity in progress', 400];
    this.#desired = desired;
    this.#changedMs = nowMs();
    this.effects.push(desired);
    this.#reconcile();
    return undefined;
  }

  describe(): XmlValue {
    const { maxSize, cooldownMs, nowMs, weights } = this.#options;
    const { minSize } = this;
    return {
      AutoScalingGroupName: this.name,
      MinSize: minSize,
      MaxSize: maxSize,
      DesiredCapacity: this.#desired,
      DefaultCooldown: cooldownMs / 1_000,
      AvailabilityZones: ['eu-1a'],
      HealthCheckType: 'EC2',
      CreatedTime: new Date(0).toISOString(),
      Instances: this.#instances.map(({ id, weight, readyMs }) => ({
        InstanceId: id,
        AvailabilityZone: 'eu-1a',
        LifecycleState: readyMs <= nowMs() ? 'InService' : 'Pending',
        HealthStatus: 'Healthy',
        ProtectedFromScaleIn: false,
        ...(weights === undefined ? {} : { WeightedCapacity: weight }),
      })),
      ...(this.warmPool === undefined
        ? {}
        : {
            WarmPoolConfiguration: {
              MinSize: this.warmPool.minSize,
              MaxGroupPreparedCapacity: this.warmPool.prepared,
              PoolState: this.warmPool.state,
              InstanceReusePolicy: { ReuseOnScaleIn: this.warmPool.reuse },
            },
            WarmPoolSize: this.#warm.length,
          }),
      SuspendedProcesses: this.isLaunchSuspended ? [{ ProcessName: 'Launch', SuspensionReason: 'by a person' }] : [],
      Tags: [...this.tags].map(([key, value]) => ({
        ResourceId: this.name,
        ResourceType: 'auto-scaling-group',
        Key: key,
        Value: value,
        PropagateAtLaunch: false,
      })),
    };
  }

  activities(): readonly XmlValue[] {
    const nowMs = this.#options.nowMs();
    return this.#activities.map(({ id, description, startMs, endMs, failure }) => ({
      ActivityId: id,
      AutoScalingGroupName: this.name,
      Description: description,
      Cause: 'a user request',
      StartTime: new Date(startMs).toISOString(),
      StatusCode: failure !== undefined ? 'Failed' : endMs <= nowMs ? 'Successful' : 'InProgress',
      StatusMessage: failure,
      EndTime: endMs <= nowMs ? new Date(endMs).toISOString() : undefined,
      Progress: endMs <= nowMs ? 100 : 30,
    }));
  }

  /** Launches and ends instances as the count wants it; a launch that fails is tried again at the next look. */
  #reconcile(): void {
    const { nowMs, launchMs, warmLaunchMs = launchMs } = this.#options;
    this.#fire();
    // The youngest go first: those that are not in service serve nobody. With weights, never under what is wanted.
    while (this.#capacity - (this.#instances.at(-1)?.weight ?? 0) >= this.#desired && this.#instances.length > 0)
      this.#log(`Terminating EC2 instance: ${this.#instances.pop()?.id}`, 0);
    while (this.#capacity < this.#desired && !this.isLaunchSuspended) {
      if (this.launchFailure !== undefined) {
        this.#log(`Launching a new EC2 instance: ${this.#id('i')}`, launchMs, this.launchFailure);
        return;
      }
      const isWarm = this.#takeWarm();
      const takesMs = isWarm ? warmLaunchMs : launchMs;
      this.#log(`Launching a new EC2 instance${isWarm ? ' from warm pool' : ''}: ${this.#launch(nowMs(), nowMs() + takesMs)}`, takesMs);
    }
    this.#warmUp();
  }

  /** One that is prepared, if there is one. */
  #takeWarm(): boolean {
    const found = this.#warm.findIndex((preparedMs) => preparedMs <= this.#options.nowMs());
    if (found === -1) return false;
    this.#warm.splice(found, 1);
    return true;
  }

  #warmUp(): void {
    const { nowMs, launchMs } = this.#options;
    const { minSize = 0, prepared = 0 } = this.warmPool ?? {};
    const wanted = Math.max(minSize, prepared - this.#desired);
    this.#warm = this.#warm.slice(0, wanted);
    while (this.#warm.length < wanted) {
      this.#warm.push(nowMs() + launchMs);
      this.#log(`Launching a new EC2 instance into warm pool: ${this.#id('i')}`, launchMs);
    }
  }

  /** Scheduled actions whose time has come, oldest first; they are gone then. */
  #fire(): void {
    const nowMs = this.#options.nowMs();
    const due = [...this.scheduled.values()].filter(({ atMs }) => atMs <= nowMs).sort((a, b) => a.atMs - b.atMs);
    for (const { name, min } of due) {
      this.scheduled.delete(name);
      this.setMinSize(min);
    }
  }

  get #capacity(): number {
    return this.#instances.reduce((sum, { weight }) => sum + weight, 0);
  }

  #launch(launchedMs: number, readyMs: number): string {
    const id = this.#id('i');
    const { weights = [1] } = this.#options;
    this.#instances.push({ id, launchedMs, readyMs, weight: weights[this.#launches++ % weights.length] ?? 1 });
    return id;
  }

  #log(description: string, takesMs: number, failure?: string): void {
    const startMs = this.#options.nowMs();
    const activity = { id: this.#id('a'), description, startMs, endMs: startMs + takesMs };
    this.#activities.unshift(failure === undefined ? activity : { ...activity, failure });
    this.#activities = this.#activities.slice(0, ACTIVITIES_MAX);
  }

  #id(prefix: string): string {
    this.#ids += 1;
    return `${prefix}-${String(this.#ids).padStart(4, '0')}`;
  }
}
