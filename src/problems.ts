/** One thing that is wrong with an input that a person wrote or named. */
export interface Problem {
  /** Where: `file:line`, a path inside a config (`pools[0].min`) or the name of an option. */
  readonly place: string;
  /** What would have been right. */
  readonly wanted: string;
  /** What was found. */
  readonly found: string;
}

/** Problems that are told one by one; of more, only the number is told. */
export const PROBLEMS_SHOWN_MAX = 20;

/**
 * The input of a person (a trace, a scenario, a config, an option) cannot be used. Holds all problems at once, so that
 * nobody has to find them one by one. The command line prints it without a stack and exits with 2.
 */
export class InputError extends Error {
  readonly code = 'ERR_INPUT';
  /** At most PROBLEMS_SHOWN_MAX of them. */
  readonly problems: readonly Problem[];
  /** All that were found, those that are not listed included. */
  readonly count: number;

  /** @param count problems found in all, where the caller kept only the first of them. */
  constructor(problems: readonly Problem[], count = problems.length) {
    const shown = problems.slice(0, PROBLEMS_SHOWN_MAX).map(withoutSecrets);
    super(formatProblems(shown, count));
    this.name = 'InputError';
    this.problems = shown;
    this.count = Math.max(count, problems.length);
  }
}

/**
 * What people see ends in logs and tickets: a user and password in an address are not repeated, and where the name of a variable was
 * wanted, neither is what may be the secret itself.
 */
function withoutSecrets({ place, wanted, found }: Problem): Problem {
  // `none`: the name is right, and the variable is not there.
  if (found !== 'none' && /\.(secret|token|password)Env$/i.test(place))
    return { place, wanted, found: 'a text that is not shown: a secret belongs into the variable' };
  return { place, wanted, found: found.replaceAll(/(\w:\/\/)[^\s/"'?#]*@/g, '$1…@') };
}

/** One line per problem, for people; a last line tells how many are not listed. */
export function formatProblems(problems: readonly Problem[], count = problems.length): string {
  const lines = problems.map(({ place, wanted, found }) => `${place}: wanted ${wanted}, found ${found}`);
  const left = count - problems.length;
  if (left > 0) lines.push(`and ${left} more ${left === 1 ? 'problem' : 'problems'}`);
  return lines.join('\n');
}

/** Collects problems; keeps the first PROBLEMS_SHOWN_MAX and counts all, so that a broken file of any size fits. */
export class ProblemList {
  readonly #kept: Problem[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(place: string, wanted: string, found: string): void {
    this.#count += 1;
    if (this.#kept.length < PROBLEMS_SHOWN_MAX) this.#kept.push({ place, wanted, found });
  }

  /** @throws InputError if there is any problem. */
  throwIfAny(): void {
    if (this.#count > 0) throw new InputError(this.#kept, this.#count);
  }
}

const FILE_FAULTS: Readonly<Record<string, string>> = {
  ENOENT: 'nothing there',
  EISDIR: 'a folder',
  ENOTDIR: 'a file where a folder is needed',
  EEXIST: 'a file',
  EACCES: 'no permission',
  EPERM: 'no permission',
  EROFS: 'a file system that cannot be written',
  ENOSPC: 'no space left',
  EMFILE: 'too many open files',
  ENAMETOOLONG: 'a name that is too long',
  Z_BUF_ERROR: 'a gzip file that is cut off',
  Z_DATA_ERROR: 'no gzip data, or damaged',
  ERR_BUFFER_TOO_LARGE: 'more data than is read at once',
  ERR_FS_FILE_TOO_LARGE: 'more data than is read at once',
};

/** What was found where a file or a folder was wanted, in plain words; an unknown error in its own. */
export function fileFault(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? String(error.code) : '';
  return FILE_FAULTS[code] ?? error.message;
}
