/** Programs that tests need beside Node: found, installed where that is possible, or missing with a reason. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Why the tests that need the program are skipped; undefined when it is there. Installs it as root on Debian. */
export function requireProgram(isInstalled: () => boolean, debianPackage: string): string | undefined {
  if (isInstalled()) return undefined;
  if (existsSync('/etc/debian_version') && process.getuid?.() === 0) {
    console.log(`Tests need ${debianPackage}: installing it with apt-get.`);
    const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    for (const args of [
      ['update', '-qq'],
      ['install', '-y', '-qq', '--no-install-recommends', debianPackage],
    ])
      spawnSync('apt-get', args, { env: environment, stdio: 'ignore', timeout: 300_000 });
    if (isInstalled()) return undefined;
  }
  return `${debianPackage} is not installed (Debian, Ubuntu: apt-get install ${debianPackage})`;
}
