import type { MessageName } from './message.ts';

/** What each message says and where it travels: the source of the published documents. */
export const CATALOGUE: Readonly<Record<MessageName, string>> = {
  observation: 'One bucket of a producer’s load: requests, CPU, memory and network, per request type and source.',
  'demand-ahead': 'What a pool expects to ask of another one that it calls.',
  pulse: 'A producer’s load has jumped: told at once, long before its interval ends.',
  'state-report': 'What a Predictive Load Analyzer tells: current load, forecast quantiles, confidence and recommendations.',
  'training-job': 'Work for a trainer: the recent window of each resource.',
  'training-result': 'What a trainer learned, or why it could not.',
  'producer-outlook': 'What a producer’s analyzer forecasts, for that of the pool’s total.',
  'producer-standing': 'Whether a producer is the only one of its pool, so that the analyzer of the total speaks for it.',
  'network-window': 'What an analyzer gives the trainer of its network: the values it keeps.',
  'network-model': 'There is a better network, by its content hash.',
  plan: 'The answer of a Proactive Scaling Engine for one pool: capacity, and the reason for every clamp that applied.',
  decision: 'A plan with the inputs it was made from, so that it can be replayed.',
  'scaling-command': 'What a scaling action is told to do.',
  confirmation: 'What a scaling action reports while it works.',
  feedback: 'What a finished scaling action learned.',
  control: 'A person’s or a program’s hand on a pool: pause, resume, override, train.',
  budget: 'The root’s grant to one pool, when a budget covers several.',
  heartbeat: 'A node tells that it lives and what it holds.',
  'timer-fired': 'A durable timer came due. Written by the runtime into the actor’s own stream.',
  'effect-result': 'An effect is done. Written by the runtime into the stream of the actor that asked for it.',
};

/** An ordered stream: the mailbox of an actor, or a public topic that anyone may read. */
export interface Channel {
  /** With parameters in braces. */
  readonly address: string;
  readonly description: string;
  readonly messages: readonly MessageName[];
  /** Seen from a node: does it send there, receive from there, or both. */
  readonly actions: readonly ('send' | 'receive')[];
}

const RUNTIME_MESSAGES = ['timer-fired', 'effect-result'] as const;

export const CHANNELS: Readonly<Record<string, Channel>> = {
  producerAnalyzer: {
    address: 'pla:{pool}/{producer}',
    description: 'Mailbox of the analyzer of one producer. It reads no types and no sources: what it is sent may leave them empty.',
    messages: ['observation', 'producer-standing', 'control', 'network-model', ...RUNTIME_MESSAGES],
    actions: ['receive'],
  },
  poolAnalyzer: {
    address: 'pla:{pool}',
    description:
      'Mailbox of the analyzer of a pool’s total. Producers send every observation here too; scaling actions tell it what starts and stops because of us.',
    messages: ['observation', 'producer-outlook', 'confirmation', 'feedback', 'control', 'network-model', ...RUNTIME_MESSAGES],
    actions: ['receive', 'send'],
  },
  networkTrainer: {
    address: 'net:{task}',
    description: 'Mailbox of the trainer of the network that all pools of equal interval and horizons share.',
    messages: ['network-window', ...RUNTIME_MESSAGES],
    actions: ['receive', 'send'],
  },
  engine: {
    address: 'pse:{pool}',
    description: 'Mailbox of the engine of a pool.',
    messages: ['state-report', 'demand-ahead', 'pulse', 'confirmation', 'feedback', 'budget', 'control', 'heartbeat', ...RUNTIME_MESSAGES],
    actions: ['receive', 'send'],
  },
  scalingAction: {
    address: 'act:{pool}/{generation}',
    description: 'Mailbox of the scaling action that carries out one plan.',
    messages: ['scaling-command', 'plan', ...RUNTIME_MESSAGES],
    actions: ['receive', 'send'],
  },
  root: {
    address: 'root:main',
    description: 'Mailbox of the root, which shares a budget among pools.',
    messages: ['plan', ...RUNTIME_MESSAGES],
    actions: ['receive', 'send'],
  },
  reports: {
    address: 'reports',
    description: 'Public topic: every state report.',
    messages: ['state-report'],
    actions: ['send'],
  },
  plans: { address: 'plans', description: 'Public topic: every plan.', messages: ['plan'], actions: ['send'] },
  decisions: {
    address: 'decisions',
    description: 'Public topic: every decision, with its inputs.',
    messages: ['decision'],
    actions: ['send'],
  },
  actions: {
    address: 'actions',
    description: 'Public topic: how scaling actions go on and end.',
    messages: ['confirmation', 'feedback'],
    actions: ['send'],
  },
};

export const CHANNEL_PARAMETERS: Readonly<Record<string, string>> = {
  pool: 'Name of a pool.',
  producer: 'Name of a producer, unique in its pool.',
  task: 'Interval and horizons in milliseconds, joined by hyphens.',
  generation: 'Number of the plan that the action carries out, rising per pool.',
};
