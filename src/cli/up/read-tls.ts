import { readFileSync } from 'node:fs';
import type { TlsFiles } from '../../config/settings.ts';
import type { ServerTls } from '../../adapters/http/server-tls.ts';
import { fileFault, ProblemList } from '../../problems.ts';

/** `place`: the option that names the files. @throws InputError that names every file that cannot be read. */
export function readTls({ certFile, keyFile, clientCaFile }: TlsFiles, place: string): ServerTls {
  const problems = new ProblemList();
  const read = (option: keyof TlsFiles, file: string): string => {
    try {
      return readFileSync(file, 'utf8');
    } catch (error) {
      problems.add(`${place}.${option}`, 'a file that can be read', `${file}: ${fileFault(error)}`);
      return '';
    }
  };
  const tls = {
    cert: read('certFile', certFile),
    key: read('keyFile', keyFile),
    ...(clientCaFile === undefined ? {} : { clientCa: read('clientCaFile', clientCaFile) }),
  };
  problems.throwIfAny();
  return tls;
}
