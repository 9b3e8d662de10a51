import { useEffect, useState } from 'preact/hooks';
import type { About } from '../api/about.ts';
import { ApiError, getJson, onTokenNeeded } from './api.ts';
import { duration } from './format.ts';
import { Header } from './header.tsx';
import { useShortcuts } from './keys.ts';
import { Help } from './help.tsx';
import { forgetJump, noteNodeClock, useConnection } from './live.ts';
import { Trouble, Empty } from './parts/basics.tsx';
import { link, usePlace, type Place } from './router.ts';
import { useTheme } from './theme.ts';
import { Actors } from './views/actors.tsx';
import { Cluster } from './views/cluster.tsx';
import { Decision } from './views/decision.tsx';
import { Login } from './views/login.tsx';
import { Pool } from './views/pool.tsx';
import { Pools } from './views/pools.tsx';
import { Run } from './views/run.tsx';

const RETRY_MS = 2_000;

export function App() {
  const { theme, toggle } = useTheme();
  const { about, error, retry } = useAbout();
  const place = usePlace();
  const [isHelpOpen, setHelpOpen] = useState(false);
  useShortcuts(about?.kind, () => setHelpOpen(true));
  useEffect(() => {
    document.title = [titleOf(place), about?.title, 'Forescale'].filter((part) => part !== undefined && part !== '').join(' · ');
    scrollTo(0, 0);
  }, [place.view, place.what, about?.title]);
  if (about === undefined && error?.status === 401) return <Login onDone={retry} />;
  return (
    <>
      <a class="skip" href="#main" onClick={skipToMain}>
        Skip to the content
      </a>
      <Header about={about} place={place} theme={theme} onToggleTheme={toggle} onHelp={() => setHelpOpen(true)} />
      <Lost />
      <main id="main" tabIndex={-1}>
        {about !== undefined && <View about={about} place={place} />}
        {about === undefined && error !== undefined && <Trouble error={error} />}
      </main>
      {isHelpOpen && <Help onClose={() => setHelpOpen(false)} />}
    </>
  );
}

function View({ about, place }: { readonly about: About; readonly place: Place }) {
  const view = place.view === 'home' ? (about.kind === 'live' ? 'pools' : 'run') : place.view;
  if (view === 'decision') return <Decision id={place.what} about={about} query={place.query} />;
  if (about.kind === 'recording') {
    return view === 'run' ? <Run query={place.query} /> : <NoView home={link('run')} />;
  }
  switch (view) {
    case 'pools':
      return place.what === '' ? <Pools /> : <Pool key={place.what} pool={place.what} about={about} query={place.query} />;
    case 'actors':
      return <Actors address={place.what} about={about} />;
    case 'cluster':
      return <Cluster about={about} />;
    default:
      return <NoView home={link('pools')} />;
  }
}

function NoView({ home }: { readonly home: string }) {
  return (
    <Empty title="There is no such page">
      <a href={home}>Back to the start</a>
    </Empty>
  );
}

function Lost() {
  const { state, skipped, jumpedMs } = useConnection();
  if (state === 'lost')
    return (
      <div class="banner" role="alert">
        The node does not answer. What you see is what was known last; this page looks for the node every two seconds.
      </div>
    );
  if (jumpedMs !== 0)
    return (
      <div class="banner warn" role="status">
        The clock of the node, or of this machine, jumped {duration(Math.abs(jumpedMs))} {jumpedMs > 0 ? 'ahead' : 'back'}: times before and
        after that do not compare, and forecasts are late or early by as much until the new time has been learned.{' '}
        <button type="button" class="button" onClick={forgetJump}>
          I see
        </button>
      </div>
    );
  if (skipped > 20)
    return (
      <div class="banner warn" role="status">
        This browser was too slow for {skipped} updates. It shows the newest state; nothing in between is drawn.
      </div>
    );
  return null;
}

function useAbout() {
  const { life } = useConnection();
  const [round, setRound] = useState(0);
  const [known, setKnown] = useState<{ readonly about?: About; readonly error?: ApiError }>({});
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const read = async (): Promise<void> => {
      try {
        const about = await getJson<About>('/api/v1/about');
        noteNodeClock(about.nowMs);
        setKnown({ about });
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        setKnown((before) => (error.status === 401 ? { error } : { ...before, error }));
        if (error.status !== 401) timer = setTimeout(() => void read(), RETRY_MS);
      }
    };
    void read();
    return () => clearTimeout(timer);
  }, [life, round]);
  // A session that is over shows in any answer.
  useEffect(() => onTokenNeeded((error) => setKnown({ error })), []);
  return { ...known, retry: () => setRound((before) => before + 1) };
}

function skipToMain(event: Event): void {
  event.preventDefault();
  document.querySelector<HTMLElement>('#main')?.focus();
}

function titleOf({ view, what }: Place): string {
  if (what !== '') return what;
  return view === 'home' ? '' : view.charAt(0).toUpperCase() + view.slice(1);
}
