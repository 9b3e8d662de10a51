import { writeFileSync } from 'node:fs';
import { NAME_PATTERN } from '../config/option-types.ts';
import { parseConfig } from '../config/parse.ts';
import { fileFault, InputError } from '../problems.ts';
import { writeConfig } from '../init/write-config.ts';
import { lookAround } from './look-around.ts';
import type { Output } from './output.ts';

export interface InitFlags {
  readonly pool: string;
  readonly force?: boolean;
}

const NAME = new RegExp(NAME_PATTERN);

/** @throws InputError */
export async function runInit(file: string, { pool, force = false }: InitFlags, { out }: Output): Promise<void> {
  if (!NAME.test(pool)) throw new InputError([{ place: '--pool', wanted: 'letters, digits and . _ -', found: `"${pool}"` }]);
  const around = await lookAround(process.env);
  const text = writeConfig(around, { pool });
  const parsed = parseConfig(text, file);
  // What was found went into it: it must not have made it useless.
  if (!parsed.ok) throw parsed.error;
  try {
    writeFileSync(file, text, { flag: force ? 'w' : 'wx' });
  } catch (error) {
    throw new InputError([{ place: file, wanted: 'a file that is not there yet (--force replaces it)', found: fileFault(error) }]);
  }
  const { kubernetes, prometheus, redis } = around;
  const found = [
    kubernetes === undefined ? 'no Kubernetes' : `Kubernetes at ${kubernetes.server}`,
    prometheus === undefined ? 'no Prometheus' : `Prometheus at ${prometheus}`,
    redis === undefined ? 'no Redis' : `Redis at ${redis}`,
  ];
  out(`Found: ${found.join(', ')}.\nWrote ${file}. Next: forescale check ${file}, then forescale up --config ${file}\n`);
}
