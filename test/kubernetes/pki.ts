import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Pki {
  readonly folder: string;
  file(name: string): string;
  read(name: string): string;
}

const SERVER_NAMES = 'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth';
const CLIENT = 'extendedKeyUsage=clientAuth';
const CERTIFICATES: readonly (readonly [name: string, subject: string, extension: string])[] = [
  ['apiserver', '/CN=kube-apiserver', SERVER_NAMES],
  ['admin', '/O=system:masters/CN=admin', CLIENT],
  ['controller-manager', '/CN=system:kube-controller-manager', CLIENT],
  ['scheduler', '/CN=system:kube-scheduler', CLIENT],
  ['forescale', '/CN=forescale', CLIENT],
  ['scaler', '/CN=scaler', CLIENT],
  ['front-proxy', '/CN=front-proxy-client', CLIENT],
  ['external-metrics', '/CN=external-metrics', 'subjectAltName=DNS:forescale-external-metrics.default.svc'],
];

/** One authority for everything, which is enough for a server on loopback; kubeconfigs for the components. */
export function createPki(openssl: string, folder: string, server: string): Pki {
  const file = (name: string): string => join(folder, name);
  const read = (name: string): string => readFileSync(file(name), 'utf8');
  const run = (...args: string[]): void => void execFileSync(openssl, args, { cwd: folder, stdio: 'ignore' });
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  run('req', '-x509', ...ec, '-days', '2', '-subj', '/CN=test-ca', '-keyout', 'ca.key', '-out', 'ca.crt');
  for (const [name, subject, extension] of CERTIFICATES) {
    writeFileSync(file(`${name}.ext`), extension);
    run('req', ...ec, '-subj', subject, '-keyout', `${name}.key`, '-out', `${name}.csr`);
    const sign = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', `${name}.ext`];
    run('x509', '-req', '-in', `${name}.csr`, ...sign, '-out', `${name}.crt`);
    writeFileSync(file(`${name}.kubeconfig`), kubeconfig(server, read('ca.crt'), read(`${name}.crt`), read(`${name}.key`)));
  }
  run('genrsa', '-out', 'sa.key', '2048');
  run('rsa', '-in', 'sa.key', '-pubout', '-out', 'sa.pub');
  return { folder, file, read };
}

function kubeconfig(server: string, ca: string, certificate: string, key: string): string {
  const data = (text: string): string => Buffer.from(text).toString('base64');
  const user = { 'client-certificate-data': data(certificate), 'client-key-data': data(key) };
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'c',
    clusters: [{ name: 'c', cluster: { server, 'certificate-authority-data': data(ca) } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
  });
}
