/**
 * Nodes of one cluster ask each other what only the other knows, for people who look. Nothing that acts may stand on it: an
 * answer may be missing at any time.
 */
export interface Peers {
  /** Other nodes that live, by name. */
  others(): readonly string[];
  /** Resolves within a few seconds, with the reason when there is no answer; never rejects. */
  ask(node: string, question: unknown): Promise<PeerAnswer>;
  /** What others are answered from now on. Before that they get no answer. */
  answer(how: (question: unknown) => unknown): void;
}

export type PeerAnswer =
  | { readonly ok: true; readonly value: unknown }
  /** `absent`: nobody of that name listens. `silent`: it did not answer in time. `failed`: it or the way to it could not. */
  | { readonly ok: false; readonly why: 'absent' | 'silent' | 'failed' };
