import { checkScaler, type ScalerPlace } from '../../../config/predictive-scaler.ts';
import type { AddedPools, ParsedConfig } from '../../../config/parse.ts';
import type { ConfiguredPool, NodeSettings } from '../../../config/settings.ts';
import { byAge, type ScalerObject } from './scaler-object.ts';

/** What is said of a spec. */
export interface Verdict {
  readonly isAccepted: boolean;
  /** One word. */
  readonly reason: string;
  readonly message: string;
}

export interface Judged {
  readonly settings: NodeSettings;
  readonly verdicts: ReadonlyMap<string, Verdict>;
}

const ACCEPTED: Verdict = { isAccepted: true, reason: 'Valid', message: '' };
const refused = (reason: string, message: string): Verdict => ({ isAccepted: false, reason, message });
/** A condition's message may have so many characters on every server. */
const MESSAGE_MAX = 4_096;

export interface Judges {
  /** By which the cluster of the scalers is reached. */
  readonly cluster: Omit<ScalerPlace, 'namespace'>;
  /** The config of the node with pools added. */
  readonly compose: (added: AddedPools) => ParsedConfig;
  /** What is wrong with a pool that only shows when it is about to be used. */
  readonly problemOf: (pool: ConfiguredPool) => Promise<string | undefined>;
}

/** The config with all pools of `scalers` that fit into it, and what is said of each. */
export async function judge(scalers: readonly ScalerObject[], { cluster, compose, problemOf }: Judges): Promise<Judged> {
  const verdicts = new Map<string, Verdict>();
  const own = ownSettings(compose);
  const names = new Set(own.pools.map(({ pool }) => pool));
  const found: { readonly name: string; readonly added: AddedPools }[] = [];
  for (const { name, namespace, spec } of scalers.toSorted(byAge)) {
    const checked = checkScaler(name, { ...cluster, namespace }, spec);
    if (names.has(name)) verdicts.set(name, refused('NameTaken', `pools: wanted a name that no pool of the config has, found ${name}`));
    else if (checked.ok) {
      const problems = await Promise.all(checked.added.pools.map(problemOf));
      const problem = problems.find((one) => one !== undefined);
      if (problem === undefined) found.push({ name, added: checked.added });
      else verdicts.set(name, refused('InvalidSpec', problem.slice(0, MESSAGE_MAX)));
    } else verdicts.set(name, refused('InvalidSpec', checked.error.message.slice(0, MESSAGE_MAX)));
  }
  const all = compose(joined(found.map(({ added }) => added)));
  if (all.ok) {
    for (const { name } of found) verdicts.set(name, ACCEPTED);
    return { settings: all.settings, verdicts };
  }
  return oneByOne(found, own, verdicts, compose);
}

/** Who does not fit among those that are there already is left out: a budget that is too small, a pool that calls one that is not there. */
function oneByOne(
  found: readonly { readonly name: string; readonly added: AddedPools }[],
  own: NodeSettings,
  verdicts: Map<string, Verdict>,
  compose: Judges['compose'],
): Judged {
  let settings = own;
  let left = found;
  let kept: readonly AddedPools[] = [];
  // One that did not fit may do so beside one that came after it: until a round brings nobody more.
  for (let isMoving = true; isMoving;) {
    isMoving = false;
    const waiting: (typeof found)[number][] = [];
    for (const one of left) {
      const tried = compose(joined([...kept, one.added]));
      if (!tried.ok) {
        waiting.push(one);
        verdicts.set(one.name, refused('DoesNotFit', tried.error.message.slice(0, MESSAGE_MAX)));
        continue;
      }
      settings = tried.settings;
      kept = [...kept, one.added];
      verdicts.set(one.name, ACCEPTED);
      isMoving = true;
    }
    left = waiting;
  }
  return { settings, verdicts };
}

function joined(parts: readonly AddedPools[]): AddedPools {
  return { pools: parts.flatMap(({ pools }) => pools), sources: parts.flatMap(({ sources }) => sources) };
}

/** Those of the config itself, which was checked when it was read. */
export function ownSettings(compose: Judges['compose']): NodeSettings {
  const parsed = compose({ pools: [], sources: [] });
  if (!parsed.ok) throw parsed.error;
  return parsed.settings;
}
