/**
 * The Proactive Scaling Engine: one for each pool. It keeps the latest reports, reads the target at each review, plans,
 * and starts one scaling action at a time; what actions report back moves its lead time, level and speed.
 */
import { setup } from 'xstate';
import { leadTimeOf } from '../planning/lead-time.ts';
import { learnedOf } from '../planning/pace.ts';
import type { TargetState } from '../ports/target.ts';
import { plaAddress, pseAddress } from '../protocol/address.ts';
import type { Control } from '../protocol/control.ts';
import type { Behavior, Effect } from '../runtime/behavior.ts';
import { execute, machineBehavior, publish, send, type MachineEvent } from '../runtime/machine.ts';
import { readPoolAddress } from './address-parts.ts';
import { takePulse } from './engine-burst.ts';
import { takeDemandAhead, tellCalled } from './engine-upstream.ts';
import { decide } from './engine-decide.ts';
import { takeBudget, takeConfirmation, takeControl, takeFeedback, takeReport, takeTarget, takeTargetProblem } from './engine-intake.ts';
import { priceNow } from './engine-shadow.ts';
import { createEngine, type Engine, type ProducerOutline } from './engine.ts';
import type { PoolRules } from './pool-rules.ts';
import { isTargetState } from './target-state.ts';

interface PseContext {
  readonly engine: Engine;
}

/** A reading that is older than this says nothing about now. */
const READ_WAITS_MS = 30_000;
/** Its state holds a report and histories; writing them with each of several messages an interval would cost more than replaying a few. */
const SNAPSHOT_EVERY_MESSAGES = 64;

/** What a total's analyzer has learned is its own to train and to forget. */
const LEARNED_BY_ANALYZERS: readonly Control['command'][] = ['train', 'reset'];

const machine = setup({
  types: { events: {} as MachineEvent, context: {} as PseContext, input: {} as PseContext },
  actions: {
    takeReport: ({ context: { engine }, event }): Effect[] => {
      if (event.type !== 'state-report') return [];
      takeReport(engine, event.data, event.nowMs);
      return tellCalled(engine, event.data);
    },
    takeDemandAhead: ({ context: { engine }, event }): Effect[] =>
      event.type === 'demand-ahead' ? takeDemandAhead(engine, event.data, event.nowMs) : [],
    takeControl: ({ context: { engine }, event }): Effect[] => {
      if (event.type !== 'control') return [];
      takeControl(engine, event.data, event.nowMs);
      const { pool, command } = event.data;
      // Committed with what it changes: whoever asks later who did what finds it there.
      const audit = publish('controls', 'control', event.data);
      return LEARNED_BY_ANALYZERS.includes(command) ? [audit, send(plaAddress(pool, null), 'control', event.data)] : [audit];
    },
    takePulse: ({ context: { engine }, event }) => {
      if (event.type === 'pulse') takePulse(engine, event.data, event.nowMs);
    },
    takeBudget: ({ context: { engine }, event }) => {
      if (event.type === 'budget') takeBudget(engine, event.data);
    },
    takeConfirmation: ({ context: { engine }, event }) => {
      if (event.type === 'confirmation') takeConfirmation(engine, event.data);
    },
    takeFeedback: ({ context: { engine }, event }) => {
      if (event.type === 'feedback') takeFeedback(engine, event.data, event.nowMs);
    },
    wantPlan: ({ context: { engine } }) => {
      engine.planDue = true;
    },
    readTarget: ({ context: { engine }, event }) => {
      engine.reads += 1;
      engine.planDue = false;
      const nowMs = 'nowMs' in event ? event.nowMs : engine.sinceMs;
      return execute('target.get', readId(engine), { pool: engine.rules.settings.pool }, nowMs + READ_WAITS_MS);
    },
    takeTarget: ({ context: { engine }, event }) => {
      if (!('data' in event) || !('executor' in event.data)) return;
      const { value, error } = event.data;
      const state = readState(value);
      if (state !== undefined) takeTarget(engine, state, event.nowMs);
      else takeTargetProblem(engine, error?.message ?? 'its answer is no state of a target');
    },
    decide: ({ context: { engine }, event }) => decide(engine, event.nowMs),
  },
  guards: {
    isPlanDue: ({ context }) => context.engine.planDue,
    isOurRead: ({ context, event }) => 'data' in event && 'effect' in event.data && event.data.effect === readId(context.engine),
    isActing: ({ context }) => context.engine.flight !== null,
    isIdle: ({ context }) => context.engine.flight === null,
  },
}).createMachine({
  id: 'pse',
  context: ({ input }) => input,
  type: 'parallel',
  on: {
    'state-report': { actions: 'takeReport' },
    'demand-ahead': { actions: 'takeDemandAhead' },
    pulse: { actions: 'takePulse' },
    control: { actions: 'takeControl' },
    budget: { actions: 'takeBudget' },
    confirmation: { actions: 'takeConfirmation' },
    feedback: { actions: 'takeFeedback' },
    'timer.review': { actions: 'wantPlan' },
    // A node that starts wakes its pools, so that bounds hold before anything was reported.
    heartbeat: { actions: 'wantPlan' },
    // The answer to a read that a restart has repeated.
    'effect.target.get.*': {},
  },
  states: {
    planning: {
      initial: 'watching',
      states: {
        watching: { always: { guard: 'isPlanDue', target: 'assessing' } },
        /** Waits for the target's own account before it plans: what was true at the last review may not be now. */
        assessing: {
          entry: 'readTarget',
          on: { 'effect.target.get.*': { guard: 'isOurRead', target: 'watching', actions: ['takeTarget', 'decide'] } },
        },
      },
    },
    action: {
      initial: 'none',
      states: {
        none: { always: { guard: 'isActing', target: 'underWay' } },
        underWay: { always: { guard: 'isIdle', target: 'none' } },
      },
    },
  },
});

function readId(engine: Engine): string {
  return `read-${engine.reads}`;
}

function readState(value: unknown): TargetState | undefined {
  return isTargetState(value) ? value : undefined;
}

/** `rulesOf`: rules of a pool, undefined for an unknown one. */
export function pseBehavior(rulesOf: (pool: string) => PoolRules | undefined): Behavior {
  const rulesAt = (address: string): PoolRules => {
    const rules = rulesOf(readPoolAddress(address).pool);
    if (rules === undefined) throw new Error(`${address} belongs to an unknown pool`);
    return rules;
  };
  return machineBehavior({
    kind: 'pse',
    snapshot: { policy: 'seldom', everyMessages: SNAPSHOT_EVERY_MESSAGES },
    machine,
    refuses(address) {
      const { pool } = readPoolAddress(address);
      if (rulesOf(pool) === undefined) return `There is no pool ${pool}`;
      return pseAddress(pool) === address ? undefined : `${address} is not the address of an engine`;
    },
    input: (address, nowMs) => ({ engine: createEngine(rulesAt(address), nowMs) }),
    freeze({ engine }) {
      const { rules: _rules, ...kept } = engine;
      return { ...kept, producers: Object.fromEntries(engine.producers) };
    },
    thaw(frozen, address) {
      const engine = frozen as FrozenEngine;
      const rules = rulesAt(address);
      // What an older build did not know begins as it does in a new engine.
      return { engine: { ...createEngine(rules, engine.sinceMs), ...engine, producers: new Map(Object.entries(engine.producers)), rules } };
    },
    describe: ({ engine }) => describeEngine(engine),
  });
}

/** Plain data. */
type FrozenEngine = Omit<Engine, 'rules' | 'producers'> & { readonly producers: Readonly<Record<string, ProducerOutline>> };

function describeEngine(engine: Engine): Readonly<Record<string, unknown>> {
  const { settings } = engine.rules;
  return {
    pool: settings.pool,
    target: engine.target,
    forecast:
      engine.total === null
        ? null
        : { state: engine.total.state, problem: engine.total.report.problem, confidence: engine.total.report.confidence },
    producers: engine.total?.producers ?? 0,
    leadTime: leadTimeOf(engine.leadTimes, settings.planner.leadTimePrior),
    learned: {
      ...learnedOf(engine.pace, settings.planner.objective),
      shortShare: engine.pace.shortShare,
      price: priceNow(engine),
    },
    autonomy: engine.autonomy,
    undo: engine.undo,
    following: engine.recent.at(-1)?.selection ?? null,
    action: engine.flight,
    paused: engine.pause,
    override: engine.override,
    budget: engine.budget,
    callers: Object.keys(engine.callers),
    jumped: Object.keys(engine.pulses),
    backOff: engine.backOff,
    recent: engine.recent,
  };
}
