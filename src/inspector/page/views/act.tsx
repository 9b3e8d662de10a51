import { useState } from 'preact/hooks';
import type { AutonomyLevel } from '../../../planning/autonomy.ts';
import type { Done } from '../../api/acting.ts';
import type { PoolRow } from '../../api/pools.ts';
import { ApiError, postJson } from '../api.ts';
import { Dialog } from '../parts/dialog.tsx';

const BY_KEY = 'forescale-by';

/** Something that a person may do, and what comes of it, in words. */
export interface Deed {
  readonly title: string;
  readonly consequence: string;
  readonly button: string;
  readonly isDangerous?: boolean;
  readonly path: string;
  /** `forMinutes` and `replicas` are asked for when `asksCount` is set. */
  readonly asksCount?: { readonly replicas: number };
  /** One is to be chosen, and says what comes of it. */
  readonly choices?: readonly Choice[];
  /** The one that holds now; none where it is not known. */
  readonly present?: string | undefined;
  readonly body: (given: Given) => object;
}

interface Choice {
  readonly value: string;
  readonly consequence: string;
}

interface Given {
  readonly replicas: number;
  readonly forMinutes: number;
  /** Empty where none is asked for. */
  readonly choice: string;
}

export function ActButtons({ row, onDone }: { readonly row: PoolRow; readonly onDone: () => void }) {
  const [deed, setDeed] = useState<Deed>();
  const isHeld = row.autonomy === 'paused' || row.autonomy === 'override';
  return (
    <>
      {isHeld ? (
        <button type="button" class="button" onClick={() => setDeed(resumeOf(row))}>
          Resume
        </button>
      ) : (
        <button type="button" class="button" onClick={() => setDeed(pauseOf(row))}>
          Pause
        </button>
      )}
      <button type="button" class="button" onClick={() => setDeed(overrideOf(row))}>
        Override
      </button>
      <button type="button" class="button" onClick={() => setDeed(autonomyOf(row))}>
        Autonomy
      </button>
      {deed !== undefined && <Confirm deed={deed} onClose={() => setDeed(undefined)} onDone={onDone} />}
    </>
  );
}

function pauseOf({ pool, requested }: PoolRow): Deed {
  return {
    title: `Pause ${pool}?`,
    consequence: `${pool} stays at ${requested ?? 'its'} replicas until somebody resumes it. It goes on forecasting and planning, and changes nothing: if the load grows, nobody adds capacity.`,
    button: 'Pause',
    isDangerous: true,
    path: '/api/v1/control',
    body: () => ({ pool, command: 'pause' }),
  };
}

function resumeOf({ pool }: PoolRow): Deed {
  return {
    title: `Resume ${pool}?`,
    consequence: `Pause, override and back-off end. The next plan is carried out at once, and may change the number of replicas.`,
    button: 'Resume',
    path: '/api/v1/control',
    body: () => ({ pool, command: 'resume' }),
  };
}

function overrideOf({ pool, requested }: PoolRow): Deed {
  return {
    title: `Hold ${pool} at a number of your own?`,
    consequence: `${pool} gets this number, within its bounds and budget, whatever load and forecast say. After the time below it ends by itself, and the plans are carried out again.`,
    button: 'Override',
    isDangerous: true,
    path: '/api/v1/control',
    asksCount: { replicas: requested ?? 1 },
    body: ({ replicas, forMinutes }) => ({ pool, command: 'override', replicas, forMs: Math.round(forMinutes * 60_000) }),
  };
}

const CONSEQUENCES: Readonly<Record<AutonomyLevel, (pool: string) => string>> = {
  shadow: (pool) =>
    `${pool} stays at the replicas that it has, whoever set them. It goes on planning, shows what it would have done, and changes nothing: if the load grows, nobody here adds capacity.`,
  advisory: (pool) =>
    `${pool} says what it would do, here and on the bus, and changes nothing: whoever listens has to do it. If nobody does, nobody adds capacity.`,
  guarded: (pool) =>
    `${pool} carries out its plans in small steps, and goes a level back by itself when that makes things worse. A steep rise may be met later than with full.`,
  full: (pool) =>
    `${pool} carries out its plans whole, within its bounds and budget. The next one may change the number of replicas at once.`,
};

function autonomyOf({ pool, autonomy }: PoolRow): Deed {
  return {
    title: `How much is ${pool} trusted with?`,
    consequence: 'It holds until somebody changes it, or the rules of the pool promote or demote it.',
    button: 'Set autonomy',
    isDangerous: true,
    path: '/api/v1/control',
    choices: Object.entries(CONSEQUENCES).map(([value, consequence]) => ({ value, consequence: consequence(pool) })),
    // While it is held by hand, its level is not told.
    present: autonomy === 'acting' ? 'full' : Object.keys(CONSEQUENCES).find((level) => level === autonomy),
    body: ({ choice }) => ({ pool, command: 'autonomy', level: choice }),
  };
}

export function Confirm({ deed, onClose, onDone }: { readonly deed: Deed; readonly onClose: () => void; readonly onDone: () => void }) {
  const [by, setBy] = useState(localStorage.getItem(BY_KEY) ?? '');
  const [reason, setReason] = useState('');
  const [replicas, setReplicas] = useState(deed.asksCount?.replicas ?? 0);
  const [forMinutes, setForMinutes] = useState(30);
  const [choice, setChoice] = useState(deed.present ?? deed.choices?.[0]?.value ?? '');
  const [state, setState] = useState<{ readonly problem?: ApiError; readonly done?: string; readonly isSending?: boolean }>({});
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setState({ isSending: true });
    localStorage.setItem(BY_KEY, by);
    try {
      const { message } = await postJson<Done>(deed.path, { ...deed.body({ replicas, forMinutes, choice }), by, reason });
      setState({ done: message });
      onDone();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setState({ problem: error });
    }
  };
  if (state.done !== undefined)
    return (
      <Dialog title="Done" onClose={onClose}>
        <p>{state.done}</p>
        <p class="faint">The actor takes it with its next message; it shows here right after.</p>
        <div class="end">
          <button type="button" class="button main" onClick={onClose}>
            Close
          </button>
        </div>
      </Dialog>
    );
  return (
    <Dialog title={deed.title} onClose={onClose}>
      <form onSubmit={(event) => void submit(event)}>
        {deed.choices !== undefined && (
          <label>
            Level
            <select class="field" value={choice} onChange={({ currentTarget }) => setChoice(currentTarget.value)}>
              {deed.choices.map(({ value }) => (
                <option key={value} value={value}>
                  {value === deed.present ? `${value} (as it is)` : value}
                </option>
              ))}
            </select>
          </label>
        )}
        <p class="consequence">
          {deed.choices?.find(({ value }) => value === choice)?.consequence} {deed.consequence}
        </p>
        {deed.asksCount !== undefined && (
          <>
            <label>
              Replicas
              <input
                class="field"
                type="number"
                min="0"
                max="1000000"
                required
                value={replicas}
                onInput={({ currentTarget }) => setReplicas(currentTarget.valueAsNumber)}
              />
            </label>
            <label>
              For how many minutes
              <input
                class="field"
                type="number"
                min="1"
                max="43200"
                required
                value={forMinutes}
                onInput={({ currentTarget }) => setForMinutes(currentTarget.valueAsNumber)}
              />
            </label>
          </>
        )}
        <label>
          Your name
          <input class="field" required maxLength={100} value={by} onInput={({ currentTarget }) => setBy(currentTarget.value)} />
        </label>
        <label>
          Why; it is written down with your name
          <input class="field" required maxLength={500} value={reason} onInput={({ currentTarget }) => setReason(currentTarget.value)} />
        </label>
        {state.problem !== undefined && (
          <p class="tag bad" role="alert">
            {state.problem.message}
          </p>
        )}
        <div class="end">
          <button type="button" class="button" onClick={onClose}>
            Leave it
          </button>
          <button type="submit" class={`button ${deed.isDangerous === true ? 'danger' : 'main'}`} disabled={state.isSending === true}>
            {deed.button}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
