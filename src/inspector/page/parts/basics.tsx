import type { ComponentChildren } from 'preact';
import type { ApiError } from '../api.ts';

export type Level = 'good' | 'warn' | 'bad' | 'note';

/** A mark whose shape says the same as its colour. */
export function Dot({ level, label }: { readonly level: Level; readonly label: string }) {
  return <i class={`dot ${level}`} role="img" aria-label={label} title={label} />;
}

export function Tag({ level = 'note', children }: { readonly level?: Level; readonly children: ComponentChildren }) {
  return <span class={`tag ${level}`}>{children}</span>;
}

export function Panel(props: {
  readonly title: string;
  readonly note?: ComponentChildren;
  readonly aside?: ComponentChildren;
  readonly class?: string;
  readonly children: ComponentChildren;
}) {
  const { title, note, aside, children } = props;
  return (
    <section class={`panel ${props.class ?? ''}`} aria-label={title}>
      <header>
        <h2>{title}</h2>
        {note !== undefined && <p>{note}</p>}
        {aside !== undefined && <span class="grow" />}
        {aside}
      </header>
      {children}
    </section>
  );
}

export function Tile({ value, unit, label }: { readonly value: string; readonly unit?: string | undefined; readonly label: string }) {
  return (
    <div class="tile">
      <b>
        {value} {unit !== undefined && unit !== '' && <small>{unit}</small>}
      </b>
      <span>{label}</span>
    </div>
  );
}

/** Nothing is there, and this is why and what to do. */
export function Empty({
  title,
  children,
  isSmall = false,
}: {
  readonly title: string;
  readonly children?: ComponentChildren;
  readonly isSmall?: boolean;
}) {
  return (
    <div class={isSmall ? 'empty small' : 'empty'}>
      <b>{title}</b>
      {children !== undefined && <div>{children}</div>}
    </div>
  );
}

export function Trouble({ error, children }: { readonly error: ApiError; readonly children?: ComponentChildren }) {
  return (
    <div class="empty" role="alert">
      <b>{error.message}</b>
      {error.hint !== undefined && <div>{error.hint}</div>}
      {children}
    </div>
  );
}

export function Waiting({ what }: { readonly what: string }) {
  return (
    <div class="empty" role="status">
      Reading {what}…
    </div>
  );
}

export function Choice<T extends string>(props: {
  readonly label: string;
  readonly options: readonly (readonly [T, string])[];
  readonly value: T;
  readonly onChange: (value: T) => void;
}) {
  return (
    <div class="choice" role="group" aria-label={props.label}>
      {props.options.map(([value, text]) => (
        <button type="button" key={value} aria-pressed={value === props.value} onClick={() => props.onChange(value)}>
          {text}
        </button>
      ))}
    </div>
  );
}

export interface LegendEntry {
  readonly name: string;
  readonly colour: string;
  readonly value?: string;
  readonly kind?: 'line' | 'dashed' | 'area' | 'mark';
}

export function Legend({ entries }: { readonly entries: readonly LegendEntry[] }) {
  return (
    <div class="legend">
      {entries.map(({ name, colour, value, kind = 'line' }) => (
        <span key={name}>
          <i
            class={kind}
            style={kind === 'area' || kind === 'mark' ? { background: `var(--${colour})` } : { borderColor: `var(--${colour})` }}
          />
          {name} {value !== undefined && <b>{value}</b>}
        </span>
      ))}
    </div>
  );
}
