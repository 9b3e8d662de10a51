/** Servers that tests need and Debian has. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Why the tests that need a program are skipped; undefined when it is there, installed if this is root on Debian. */
export function missingProgram(program: string, packages: readonly string[], versionArgument = '--version'): string | undefined {
  const isThere = (): boolean => spawnSync(program, [versionArgument]).status === 0;
  if (isThere()) return undefined;
  if (existsSync('/etc/debian_version') && process.getuid?.() === 0) {
    console.log(`Tests need ${program}: installing ${packages.join(' ')} with apt-get.`);
    const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    for (const args of [
      ['update', '-qq'],
      ['install', '-y', '-qq', '--no-install-recommends', ...packages],
    ])
      spawnSync('apt-get', args, { env: environment, stdio: 'ignore', timeout: 180_000 });
    if (isThere()) return undefined;
  }
  return `${program} is not installed (Debian, Ubuntu: apt-get install ${packages.join(' ')})`;
}
