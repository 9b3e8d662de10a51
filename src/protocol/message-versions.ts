/** What a writer must know of messages: their names and versions. The schemas, which only readers need, take long to load. */

/** Version of the protocol. Additive changes keep it; a reader accepts every minor of its major. */
export const PROTOCOL_VERSION = 1;

export const MESSAGE_VERSIONS = {
  observation: 1,
  'demand-ahead': 1,
  pulse: 1,
  'state-report': 1,
  'training-job': 1,
  'training-result': 1,
  'producer-outlook': 1,
  'producer-standing': 1,
  'network-window': 1,
  'network-model': 1,
  plan: 1,
  decision: 1,
  'scaling-command': 1,
  confirmation: 1,
  feedback: 1,
  control: 1,
  budget: 1,
  heartbeat: 1,
  'timer-fired': 1,
  'effect-result': 1,
} as const;

/** The CloudEvents type: `forescale.<name>.v<version>`. */
export function wireNameOf(name: keyof typeof MESSAGE_VERSIONS): string {
  return `forescale.${name}.v${MESSAGE_VERSIONS[name]}`;
}
