import { readFileSync } from 'node:fs';
import { Agent, type Dispatcher } from 'undici';
import { fileFault, ProblemList } from '../problems.ts';

/** Files, PEM, that nodes are asked with: authority of their certificates; our own certificate and its key, where they want one. */
const FILES = { ca: 'FORESCALE_INSPECTOR_CA', cert: 'FORESCALE_INSPECTOR_CERT', key: 'FORESCALE_INSPECTOR_KEY' } as const;

/** undefined: nothing is set, and the system's authorities stand. @throws InputError that names every file that cannot be read. */
export function nodeDispatcher(env: NodeJS.ProcessEnv): Dispatcher | undefined {
  const problems = new ProblemList();
  const connect: Partial<Record<keyof typeof FILES, string>> = {};
  for (const name of ['ca', 'cert', 'key'] as const) {
    const file = env[FILES[name]];
    if (file === undefined || file === '') continue;
    try {
      connect[name] = readFileSync(file, 'utf8');
    } catch (error) {
      problems.add(FILES[name], 'a file that can be read', `${file}: ${fileFault(error)}`);
    }
  }
  if ((connect.cert === undefined) !== (connect.key === undefined))
    problems.add(FILES.key, `both ${FILES.cert} and ${FILES.key}, or neither`, 'one of them');
  problems.throwIfAny();
  return Object.keys(connect).length === 0 ? undefined : new Agent({ connect });
}
