/**
 * One scaling action, the real actor, on a real target: its effects are executed for real, its timers let time pass at the
 * target. What a node does between effects and answers (crash, run them again) can be done to it.
 */
import { actionBehavior } from '../../../src/actors/scaling-action.ts';
import { createTargetExecutors } from '../../../src/executors.ts';
import type { Target } from '../../../src/ports/target.ts';
import type { Confirmation, Feedback, ScalingCommand } from '../../../src/protocol/scaling.ts';
import { createMessage } from '../../../src/protocol/create-message.ts';
import type { AnyMessage } from '../../../src/protocol/message.ts';
import type { ExecuteEffect, ExecutorResult, SetTimerEffect, Step } from '../../../src/runtime/behavior.ts';
import { pool as poolSettings, rulesFor, START_MS } from '../../actors/fixtures.ts';

export interface ActionOrder {
  readonly target: () => Target;
  readonly pool: string;
  readonly from: number;
  readonly to: number;
  readonly generation: number;
  /** Size of replicas that it changes, too. Default: none. */
  readonly resize?: ScalingCommand['resize'];
  readonly advance: (ms: number) => Promise<void>;
  /** Crashes after each effect, before its answer is stored: the actor is thawed and the effect runs again. */
  readonly crashes?: () => Promise<void>;
  /** Time from the decision to the deadline. Default 12 minutes of the actor's time. */
  readonly deadlineMs?: number;
}

export interface ActionResult {
  readonly feedback: Feedback;
  readonly steps: readonly Confirmation['step'][];
  /** Effects that were executed. */
  readonly calls: number;
}

const EFFECTS_MAX = 5_000;

/** Runs until the action has ended. Throws if it does not end. */
export async function runAction(order: ActionOrder): Promise<ActionResult> {
  const settings = poolSettings({ pool: order.pool });
  const behavior = actionBehavior(rulesFor(settings));
  const executors = createTargetExecutors(() => order.target());
  const address = `act:${order.pool}/${order.generation}`;
  const told: AnyMessage[] = [];
  const timers = new Map<string, SetTimerEffect>();
  let effects: ExecuteEffect[] = [];
  let nowMs = START_MS;
  let calls = 0;
  let sequence = 0;
  let step: Step<unknown> = behavior.start(address, nowMs);

  const take = (next: Step<unknown>): void => {
    step = next;
    for (const effect of next.effects) {
      if (effect.kind === 'execute') effects.push(effect);
      else if (effect.kind === 'set-timer') timers.set(effect.name, effect);
      else if (effect.kind === 'cancel-timer') timers.delete(effect.name);
      else if (effect.kind === 'publish') told.push(createMessage(effect.name, effect.data, { source: address, timeMs: nowMs }));
    }
  };
  const tell = (message: AnyMessage): void => take(behavior.step(step.state, message, nowMs));
  const origin = () => ({ source: 'test', sequence: ++sequence, timeMs: nowMs });
  const execute = async (effect: ExecuteEffect): Promise<ExecutorResult> => {
    calls += 1;
    const context = { address, effectId: effect.id, signal: new AbortController().signal };
    const failed = (error: unknown) => ({ ok: false, error: { code: 'threw', message: String(error) } }) as const;
    return (await executors[effect.executor]?.(effect.args, context).catch(failed)) ?? failed('no such executor');
  };

  tell(createMessage('scaling-command', commandOf(order, nowMs), origin()));
  while (!step.done) {
    if (calls > EFFECTS_MAX) throw new Error(`the action does not end: ${JSON.stringify(behavior.describe(step.state))}`);
    const effect = effects.shift();
    if (effect !== undefined) {
      if (order.crashes !== undefined) {
        await execute(effect);
        await order.crashes();
        step = { ...step, state: behavior.thaw(structuredClone(behavior.freeze(step.state)), address) };
      }
      const result = await execute(effect);
      tell(createMessage('effect-result', { effect: effect.id, executor: effect.executor, ...result }, origin()));
      continue;
    }
    const [next] = [...timers.values()].sort((a, b) => a.dueAtMs - b.dueAtMs);
    if (next === undefined) throw new Error(`the action waits for nothing: ${JSON.stringify(behavior.describe(step.state))}`);
    timers.delete(next.name);
    await order.advance(Math.max(0, next.dueAtMs - nowMs));
    nowMs = Math.max(nowMs, next.dueAtMs);
    tell(createMessage('timer-fired', { name: next.name, version: 1, dueAtMs: next.dueAtMs }, origin()));
  }
  const ends = told.filter((message) => message.name === 'feedback');
  const [end] = ends;
  if (end === undefined || ends.length !== 1) throw new Error(`an action ends with one feedback, not ${ends.length}`);
  const steps = told.flatMap((message) => (message.name === 'confirmation' ? [message.data.step] : []));
  return { feedback: end.data, steps, calls };
}

function commandOf({ pool, from, to, generation, deadlineMs, resize }: ActionOrder, nowMs: number): ScalingCommand {
  return {
    pool,
    planId: `${pool}/1`,
    generation,
    fromReplicas: from,
    toReplicas: to,
    decidedAtMs: nowMs,
    deadlineMs: nowMs + (deadlineMs ?? 720_000),
    expectedReadyMs: nowMs + 120_000,
    reason: 'conformance',
    ...(resize && { resize }),
  };
}
