/** Calls of a simulated service that go wrong, once, at the point that the conformance asks for. */
import type { Target } from '../../../src/ports/target.ts';
import type { AwsTrouble } from '../../../sim/aws/auto-scaling-server.ts';
import { targetFaultContract, type FaultKind, type FaultPoint } from '../../contracts/target/faults.ts';

/** A busy machine answers within it, and a call without an answer waits it out. */
export const ANSWER_LIMIT_MS = 4_000;

/** By name: what happens, the class that the target makes of it, and where it can happen. */
export type Troubles = Readonly<Record<string, readonly [AwsTrouble, FaultKind['code'], FaultKind['at']?]>>;

/** A service that calls can be made to fail at. */
export interface TroubledService {
  readonly troubles: Troubles;
  /** The action that counts as the write, and those that are neither a look nor a write. */
  readonly write: string;
  readonly isLook: (action: string) => boolean;
  readonly interfere: (with_: (action: string) => { readonly when: 'before' | 'after'; readonly with: AwsTrouble } | undefined) => void;
  readonly target: () => Target;
  readonly effects: () => readonly number[];
  readonly advance: (ms: number) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** The conformance with faults. Each write of these targets is a look, the write, its tag and a look. */
export function troubledContract(name: string, open: () => Promise<TroubledService>): void {
  targetFaultContract(name, async () => {
    const service = await open();
    const under = {
      ...armable(service),
      target: service.target(),
      pool: 'web',
      kinds: kindsOf(service.troubles),
      effects: service.effects,
      advance: service.advance,
      async restart() {
        under.target = service.target();
      },
      close: service.close,
    };
    return under;
  });
}

function kindsOf(troubles: Troubles): readonly FaultKind[] {
  return Object.entries(troubles).map(([name, [, code, at]]) => ({ name, code, ...(at === undefined ? {} : { at }) }));
}

function armable({ troubles, write, isLook, interfere }: TroubledService) {
  let armed: { readonly at: FaultPoint; readonly kind: string } | undefined;
  let hasWritten = false;
  interfere((action) => {
    const isWrite = action === write;
    if (isWrite) hasWritten = true;
    else if (!isLook(action)) return undefined;
    const point = isWrite ? 'write' : hasWritten ? 'confirm' : 'read';
    if (armed === undefined || !armed.at.startsWith(point)) return undefined;
    const trouble = troubles[armed.kind]?.[0];
    if (trouble === undefined) throw new Error(`no trouble ${armed.kind}`);
    const when = armed.at === 'write-after' ? 'after' : 'before';
    armed = undefined;
    return { when, with: trouble };
  });
  return {
    arm(at: FaultPoint, kind: string): void {
      armed = { at, kind };
      hasWritten = false;
    },
    isArmed: () => armed !== undefined,
  };
}
