/** What a replica runs. */
export type Program =
  /** A module of ours that reports over its IPC channel and leaves by itself when that channel closes. */
  | { readonly kind: 'module'; readonly url: URL; readonly args: readonly string[] }
  /** Any program that listens on $PORT and stops on SIGTERM. Its keeper ends it when this process is gone. */
  | { readonly kind: 'command'; readonly command: readonly string[]; readonly workingDirectory?: string };

/** The address of a module beside the one that asks, in the sources (`.ts`) as well as in the build (`.js`). */
export function siblingModule(name: string, importMetaUrl: string): URL {
  const extension = importMetaUrl.endsWith('.ts') ? '.ts' : '.js';
  return new URL(`${name}${extension}`, importMetaUrl);
}

/** Node options that a forked module needs to run as this one does: loaders, and nothing of a test runner or a debugger. */
export function loaderArguments(execArgv: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i < execArgv.length; i++) {
    const argument = execArgv[i] ?? '';
    const next = execArgv[i + 1];
    if (/^--(import|require|loader)=/.test(argument)) kept.push(argument);
    else if (/^(--import|--require|-r|--loader)$/.test(argument) && next !== undefined) {
      kept.push(argument, next);
      i += 1;
    }
  }
  return kept;
}
