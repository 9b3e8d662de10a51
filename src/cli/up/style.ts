import pc from 'picocolors';

/** Colours by meaning. Without colour support every one is the text itself. */
export interface Style {
  readonly load: Paint;
  readonly over: Paint;
  readonly forecast: Paint;
  readonly capacity: Paint;
  readonly good: Paint;
  readonly bad: Paint;
  readonly strong: Paint;
  readonly faint: Paint;
}

export type Paint = (text: string) => string;

export function createStyle(hasColour: boolean): Style {
  const colours = pc.createColors(hasColour);
  return {
    load: colours.cyan,
    over: colours.red,
    forecast: colours.yellow,
    capacity: colours.green,
    good: colours.green,
    bad: colours.red,
    strong: colours.bold,
    faint: colours.dim,
  };
}

/** NO_COLOR (https://no-color.org) and FORCE_COLOR count before what the terminal says of itself. */
export function hasColour(stream: { readonly isTTY?: boolean }, environment: Readonly<Record<string, string | undefined>>): boolean {
  if (environment['NO_COLOR'] !== undefined && environment['NO_COLOR'] !== '') return false;
  if (environment['FORCE_COLOR'] !== undefined && environment['FORCE_COLOR'] !== '0') return true;
  return stream.isTTY === true && environment['TERM'] !== 'dumb';
}
