import { useEffect, useRef } from 'preact/hooks';
import type { Run, Timeline } from '../../api/recording.ts';
import { isTyping } from '../keys.ts';
import { go, link } from '../router.ts';
import { nextDecision, nextViolation } from './run-moment.ts';

type Query = Readonly<Record<string, string>>;

export function useRunKeys(
  timeline: Timeline | undefined,
  at: number,
  intervalMs: number,
  move: { readonly current: (to: number) => void },
): void {
  const now = useRef({ timeline, at });
  now.current = { timeline, at };
  useEffect(() => {
    const hour = Math.max(1, Math.round(3_600_000 / intervalMs));
    const press = (event: KeyboardEvent): void => {
      const { timeline, at } = now.current;
      if (timeline === undefined || isTyping(event) || event.ctrlKey || event.metaKey || event.altKey) return;
      const step = event.shiftKey ? hour : 1;
      const jump = event.key === 'n' ? nextDecision(timeline, at) : event.key === 'v' ? nextViolation(timeline, at) : undefined;
      const to = event.key === 'ArrowLeft' ? at - step : event.key === 'ArrowRight' ? at + step : jump;
      if (to === undefined) return;
      event.preventDefault();
      move.current(to);
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, [intervalMs]);
}

const KEEP_AFTER_MS = 300;
/** Only they are in the place where nothing was chosen. */
const POLICIES = 2;

/** The moment goes into the address when it has been still for a while, so that a link leads back to it. `place`: what else does. */
export function useKeptMoment(run: Run, at: number, query: Query, place: Query): void {
  const href = link('run', '', { ...place, at: String(run.startMs + at * run.intervalMs) });
  const isElsewhere = at !== 0 || query['at'] !== undefined || Object.keys(place).length > POLICIES;
  useEffect(() => {
    const timer = setTimeout(() => {
      if (isElsewhere && location.hash !== href) go(href, true);
    }, KEEP_AFTER_MS);
    return () => clearTimeout(timer);
  }, [href, isElsewhere]);
}
