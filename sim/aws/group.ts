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
}

interface Instance {
  readonly id: string;
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
  readonly #options: SimulatedGroupOptions;
  readonly #tags = new Map<string, string>();
  #instances: Instance[] = [];
  #activities: Activity[] = [];
  #desired: number;
  #changedMs = Number.NEGATIVE_INFINITY;
  #ids = 0;

  constructor(options: SimulatedGroupOptions) {
    this.name = options.name;
    this.#options = options;
    this.#desired = options.desired;
    const nowMs = options.nowMs();
    for (let i = 0; i < options.desired; i++) this.#instances.push({ id: this.#id('i'), launchedMs: nowMs, readyMs: nowMs });
  }

  tag(key: string, value: string): void {
    this.#tags.set(key, value);
  }

  setDesired(desired: number, honorsCooldown: boolean): Refusal | undefined {
    const { minSize, maxSize, nowMs, cooldownMs } = this.#options;
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
    const { minSize, maxSize, cooldownMs, nowMs } = this.#options;
    this.#reconcile();
    return {
      AutoScalingGroupName: this.name,
      MinSize: minSize,
      MaxSize: maxSize,
      DesiredCapacity: this.#desired,
      DefaultCooldown: cooldownMs / 1_000,
      AvailabilityZones: ['eu-1a'],
      HealthCheckType: 'EC2',
      CreatedTime: new Date(0).toISOString(),
      Instances: this.#instances.map(({ id, readyMs }) => ({
        InstanceId: id,
        AvailabilityZone: 'eu-1a',
        LifecycleState: readyMs <= nowMs() ? 'InService' : 'Pending',
        HealthStatus: 'Healthy',
        ProtectedFromScaleIn: false,
      })),
      SuspendedProcesses: this.isLaunchSuspended ? [{ ProcessName: 'Launch', SuspensionReason: 'by a person' }] : [],
      Tags: [...this.#tags].map(([key, value]) => ({
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
      Progress: endMs <= nowMs ? 100 : 30,
    }));
  }

  /** Launches and ends instances as the count wants it; a launch that fails is tried again at the next look. */
  #reconcile(): void {
    const { nowMs, launchMs } = this.#options;
    // The youngest go first: those that are not in service serve nobody.
    while (this.#instances.length > this.#desired) this.#log(`Terminating EC2 instance: ${this.#instances.pop()?.id}`, 0);
    while (this.#instances.length < this.#desired && !this.isLaunchSuspended) {
      const id = this.#id('i');
      this.#log(`Launching a new EC2 instance: ${id}`, launchMs, this.launchFailure);
      if (this.launchFailure !== undefined) return;
      this.#instances.push({ id, launchedMs: nowMs(), readyMs: nowMs() + launchMs });
    }
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
