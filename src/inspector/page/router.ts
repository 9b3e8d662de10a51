import { useEffect, useState } from 'preact/hooks';

/** Where the page is: everything that a link needs to come back here is in the address. */
export interface Place {
  readonly view: string;
  /** What of it: a pool, an id, an address; empty for the whole. */
  readonly what: string;
  readonly query: Readonly<Record<string, string>>;
}

export function placeOf(hash: string): Place {
  const [path = '', search = ''] = hash.replace(/^#\/?/, '').split('?');
  const [view = '', what = ''] = path.split('/');
  return { view: view === '' ? 'home' : view, what: decoded(what), query: Object.fromEntries(new URLSearchParams(search)) };
}

export function link(view: string, what = '', query: Readonly<Record<string, string>> = {}): string {
  const search = new URLSearchParams(query).toString();
  return `#/${view}${what === '' ? '' : `/${encodeURIComponent(what)}`}${search === '' ? '' : `?${search}`}`;
}

export function go(href: string, isReplacing = false): void {
  if (!isReplacing) {
    location.hash = href.slice(1);
    return;
  }
  history.replaceState(null, '', href);
  dispatchEvent(new HashChangeEvent('hashchange'));
}

export function usePlace(): Place {
  const [place, setPlace] = useState(() => placeOf(location.hash));
  useEffect(() => {
    const update = (): void => setPlace(placeOf(location.hash));
    addEventListener('hashchange', update);
    return () => removeEventListener('hashchange', update);
  }, []);
  return place;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
