export interface SimulatedServiceOptions {
  readonly cluster: string;
  readonly name: string;
  readonly desired: number;
  readonly nowMs: () => number;
  /** From the start of a task to RUNNING. */
  readonly startMs: number;
}

/** What Application Auto Scaling knows of the service. */
export interface SimulatedScaler {
  min: number;
  max: number;
  policies: number;
}

/** An ECS service with what scales it. Tasks are a function of time: nothing has to run for them to get ready. */
export class SimulatedService {
  readonly options: SimulatedServiceOptions;
  /** Counts or floors that were set, oldest first. */
  readonly effects: number[] = [];
  readonly tags = new Map<string, string>();
  /** Scheduled actions of Application Auto Scaling that are to come, by name. */
  readonly scheduled = new Map<string, { readonly atMs: number; readonly min: number }>();
  scaler: SimulatedScaler | undefined;
  /** Told as the newest event while it is set, and no task starts. */
  trouble: string | undefined;
  /** The circuit breaker has given the deployment up. */
  hasFailed = false;
  status = 'ACTIVE';
  /** What the policies want, where there are some; undefined: they do not look. */
  policyWants: number | undefined = 1;
  /** When each task runs, epoch ms. */
  #tasks: number[] = [];
  #desired: number;

  constructor(options: SimulatedServiceOptions) {
    this.options = options;
    this.#desired = options.desired;
    this.#tasks = Array.from({ length: options.desired }, () => options.nowMs());
  }

  get arn(): string {
    return `arn:aws:ecs:eu-west-1:123456789012:service/${this.options.cluster}/${this.options.name}`;
  }

  get desired(): number {
    return this.#desired;
  }

  setDesired(count: number): void {
    if (count !== this.#desired && !this.#isFloored) this.effects.push(count);
    this.#desired = count;
    this.#reconcile();
  }

  /** A policy moves the count only within the bounds. */
  register(min: number | undefined, max: number | undefined): void {
    const before = this.scaler ?? { min: 0, max: 0, policies: 0 };
    if (min !== undefined && min !== before.min) this.effects.push(min);
    this.scaler = { ...before, min: min ?? before.min, max: max ?? before.max };
    if (this.#isFloored && this.policyWants !== undefined) this.#desired = Math.max(this.scaler.min, this.policyWants);
  }

  /** Scheduled actions whose time has come, oldest first; they are gone then. */
  #fire(): void {
    const nowMs = this.options.nowMs();
    const due = [...this.scheduled].filter(([, { atMs }]) => atMs <= nowMs).sort(([, a], [, b]) => a.atMs - b.atMs);
    for (const [name, { min }] of due) {
      this.scheduled.delete(name);
      if (this.scaler !== undefined) this.scaler.min = min;
      this.#desired = Math.max(this.#desired, min);
    }
  }

  describe(): Readonly<Record<string, unknown>> {
    this.#fire();
    this.#reconcile();
    const nowMs = this.options.nowMs();
    const running = this.#tasks.filter((readyMs) => readyMs <= nowMs).length;
    return {
      serviceArn: this.arn,
      serviceName: this.options.name,
      status: this.status,
      schedulingStrategy: 'REPLICA',
      desiredCount: this.#desired,
      runningCount: running,
      pendingCount: this.#tasks.length - running,
      tags: [...this.tags].map(([key, value]) => ({ key, value })),
      deployments: [
        {
          status: 'PRIMARY',
          rolloutState: this.hasFailed ? 'FAILED' : 'COMPLETED',
          ...(this.hasFailed ? { rolloutStateReason: 'ECS deployment circuit breaker: tasks failed to start.' } : {}),
        },
      ],
      events: this.trouble === undefined ? [] : [{ id: 'e1', createdAt: nowMs / 1_000, message: this.trouble }],
    };
  }

  get #isFloored(): boolean {
    return (this.scaler?.policies ?? 0) > 0;
  }

  #reconcile(): void {
    this.#tasks = this.#tasks.slice(0, this.#desired);
    if (this.trouble !== undefined) return;
    while (this.#tasks.length < this.#desired) this.#tasks.push(this.options.nowMs() + this.options.startMs);
  }
}
