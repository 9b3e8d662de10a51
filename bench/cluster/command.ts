import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The command as people run it, built now: the loader of the sources makes functions slower. */
export function builtCommand(): string {
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: fileURLToPath(new URL('../..', import.meta.url)), stdio: 'inherit' });
  return fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));
}
