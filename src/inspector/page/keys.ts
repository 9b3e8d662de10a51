import { useEffect, useRef } from 'preact/hooks';
import { go, link } from './router.ts';

const GO_WAITS_MS = 1_200;

/** Keys that work everywhere, unless something is being typed. */
export function useShortcuts(kind: 'live' | 'recording' | undefined, onHelp: () => void): void {
  const help = useRef(onHelp);
  help.current = onHelp;
  useEffect(() => {
    let goUntilMs = 0;
    const press = (event: KeyboardEvent): void => {
      if (isTyping(event) || event.ctrlKey || event.metaKey || event.altKey) return;
      const isGoing = performance.now() < goUntilMs;
      goUntilMs = 0;
      if (isGoing) return goTo(event.key, kind);
      if (event.key === 'g') goUntilMs = performance.now() + GO_WAITS_MS;
      else if (event.key === '?') help.current();
      else if (event.key === '/') focusFilter(event);
      else if (event.key === 'j' || event.key === 'k') moveFocus(event.key === 'j' ? 1 : -1);
      else if (event.key === '[' || event.key === ']') document.querySelector<HTMLElement>(`[data-key="${event.key}"]`)?.click();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, [kind]);
}

export const KEYS: readonly (readonly [string, string])[] = [
  ['g p', 'Pools'],
  ['g a', 'Actors'],
  ['g c', 'Cluster'],
  ['/', 'Filter'],
  ['j  k', 'Next and previous row; Enter opens it'],
  ['[  ]', 'Previous and next decision; an actor, a recorded run: one message back and on'],
  ['←  →', 'A recorded run: one interval back and on, with Shift an hour'],
  ['n  v', 'A recorded run: next decision, next violation'],
  ['?', 'This help'],
];

function goTo(key: string, kind: 'live' | 'recording' | undefined): void {
  const view = { p: 'pools', a: 'actors', c: 'cluster' }[key];
  if (view !== undefined && kind === 'live') go(link(view));
}

function focusFilter(event: KeyboardEvent): void {
  const field = document.querySelector<HTMLInputElement>('input[type="search"]');
  if (field === null) return;
  event.preventDefault();
  field.focus();
  field.select();
}

function moveFocus(by: number): void {
  const rows = [...document.querySelectorAll<HTMLElement>('[data-row]')];
  const at = rows.findIndex((row) => row === document.activeElement);
  const next = rows[at < 0 ? 0 : Math.max(0, Math.min(rows.length - 1, at + by))];
  next?.focus();
  next?.scrollIntoView({ block: 'nearest' });
}

export function isTyping({ target }: Event): boolean {
  return target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}
