import type { About } from '../api/about.ts';
import { useConnection } from './live.ts';
import { Dot } from './parts/basics.tsx';
import { link, type Place } from './router.ts';
import type { Theme } from './theme.ts';

interface HeaderProps {
  readonly about: About | undefined;
  readonly place: Place;
  readonly theme: Theme;
  readonly onToggleTheme: () => void;
  readonly onHelp: () => void;
}

const LIVE = [
  ['pools', 'Pools'],
  ['actors', 'Actors'],
  ['cluster', 'Cluster'],
] as const;
const RECORDED = [['run', 'Run']] as const;

export function Header({ about, place, theme, onToggleTheme, onHelp }: HeaderProps) {
  const views = about?.kind === 'recording' ? RECORDED : LIVE;
  const home = about?.kind === 'recording' ? 'run' : 'pools';
  const current = place.view === 'home' || place.view === 'decision' ? home : place.view;
  return (
    <header class="top">
      <a class="brand" href={link(home)}>
        <img src="/icon.svg" alt="" />
        <span>Forescale</span>
        <small>{about?.title}</small>
      </a>
      <nav class="nav" aria-label="Views">
        {views.map(([view, name]) => (
          <a key={view} href={link(view)} aria-current={view === current ? 'page' : undefined}>
            {name}
          </a>
        ))}
      </nav>
      <span class="grow" />
      <LinkState about={about} />
      <button type="button" class="icon-button" onClick={onHelp} aria-label="Keyboard help" title="Keyboard help (?)">
        ?
      </button>
      <button
        type="button"
        class="icon-button"
        onClick={onToggleTheme}
        aria-label={theme === 'dark' ? 'Light colours' : 'Dark colours'}
        title={theme === 'dark' ? 'Light colours' : 'Dark colours'}
      >
        <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
          <circle cx="8" cy="8" r="6.2" fill="none" stroke="currentColor" stroke-width="1.6" />
          <path d="M8 1.8a6.2 6.2 0 0 1 0 12.4z" fill="currentColor" />
        </svg>
      </button>
    </header>
  );
}

function LinkState({ about }: { readonly about: About | undefined }) {
  const { state } = useConnection();
  if (about?.kind === 'recording') return <span class="link-state">recorded run</span>;
  const text = { open: 'live', connecting: 'connecting', lost: 'no answer' }[state];
  return (
    <span
      class={`link-state ${state === 'lost' ? 'bad' : ''}`}
      title={about === undefined ? '' : `version ${about.version}${about.mayAct ? '' : ', read-only'}`}
    >
      <Dot level={state === 'open' ? 'good' : state === 'lost' ? 'bad' : 'note'} label={text} />
      <span>
        {text}
        {about !== undefined && !about.mayAct && ', read-only'}
      </span>
    </span>
  );
}
