import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Certificates that openssl made: those of two authorities, of servers on loopback and of clients. */
export interface Certificates {
  readonly folder: string;
  file(name: string): string;
  pem(name: string): string;
  remove(): void;
}

/** False, or why tests that need certificates are skipped. */
export const noOpenssl = spawnSync('openssl', ['version']).status === 0 ? false : 'SKIPPED: openssl is not installed';

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** `names`: of clients of the authority `ca`; the server is `server`, and `thief` a client of the authority `stranger`. */
export function makeCertificates(names: readonly string[]): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'forescale-certificates-'));
  const file = (name: string): string => join(folder, name);
  const run = (...args: string[]): void => {
    const { status, stderr } = spawnSync('openssl', args, { cwd: folder, encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  };
  writeFileSync(file('names'), 'subjectAltName=IP:127.0.0.1,DNS:localhost');
  for (const authority of ['ca', 'stranger'])
    run('req', '-x509', ...KEY, '-days', '2', '-keyout', `${authority}.key`, '-out', `${authority}.crt`, '-subj', `/CN=${authority}`);
  for (const [name, authority] of [['server', 'ca'], ['thief', 'stranger'], ...names.map((one) => [one, 'ca'])] as [string, string][]) {
    run('req', ...KEY, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    const by = ['-CA', `${authority}.crt`, '-CAkey', `${authority}.key`, '-CAcreateserial', '-days', '2', '-extfile', 'names'];
    run('x509', '-req', '-in', `${name}.csr`, ...by, '-out', `${name}.crt`);
  }
  return {
    folder,
    file,
    pem: (name) => readFileSync(file(name), 'utf8'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
