import { spawn } from 'node:child_process';
import type { Clock } from '../../ports/clock.ts';
import { CredentialsError, type Credentials, type Identity } from './credentials.ts';
import { parseJson, textAt } from './json.ts';

/** A program that prints credentials (client.authentication.k8s.io), as cloud providers' clusters have it. */
export interface ExecPlugin {
  readonly apiVersion: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Where it runs: that of the kubeconfig, against which its path is read. */
  readonly workingDirectory: string;
  /** Told to it as KUBERNETES_EXEC_INFO. */
  readonly cluster?: { readonly server: string; readonly 'certificate-authority-data'?: string };
}

const TIMEOUT_MS = 30_000;
const OUTPUT_MAX = 1_000_000;
/** Renewed this long before it runs out. */
const MARGIN_MS = 60_000;

/** Runs the program when there are no credentials, when they run out, and when they were refused. Once at a time. */
export function execCredentials(plugin: ExecPlugin, clock: Clock): Credentials {
  let held: { readonly identity: Identity; readonly untilMs: number } | undefined;
  let running: Promise<Identity> | undefined;
  const run = async (): Promise<Identity> => {
    try {
      const output = await runPlugin(plugin, clock);
      held = readOutput(output, plugin);
      return held.identity;
    } finally {
      running = undefined;
    }
  };
  return {
    source: `the program ${plugin.command}`,
    current() {
      if (held !== undefined && clock.nowMs() < held.untilMs - MARGIN_MS) return Promise.resolve(held.identity);
      running ??= run();
      return running;
    },
    refused() {
      held = undefined;
    },
  };
}

function runPlugin(plugin: ExecPlugin, clock: Clock): Promise<string> {
  const { apiVersion, command, args, env, workingDirectory, cluster } = plugin;
  const info = { apiVersion, kind: 'ExecCredential', spec: { interactive: false, ...(cluster === undefined ? {} : { cluster }) } };
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: workingDirectory,
      env: { ...process.env, ...env, KUBERNETES_EXEC_INFO: JSON.stringify(info) },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let output = '';
    const fail = (reason: string): void => {
      timer.cancel();
      child.kill('SIGKILL');
      reject(new CredentialsError(`${command} ${reason}`));
    };
    const timer = clock.setTimer(TIMEOUT_MS, () => fail(`gave no credentials within ${TIMEOUT_MS} ms`));
    child.on('error', (error) => fail(`could not be started (${'code' in error ? String(error.code) : error.name})`));
    child.stdout.setEncoding('utf8');
    child.stdout.on('data', (chunk: string) => {
      output += chunk;
      if (output.length > OUTPUT_MAX) fail('printed too much');
    });
    child.on('close', (code) => {
      timer.cancel();
      if (code === 0) resolve(output);
      else fail(`ended with ${code ?? 'a signal'}`);
    });
  });
}

function readOutput(output: string, { command, apiVersion }: ExecPlugin): { readonly identity: Identity; readonly untilMs: number } {
  const credential = parseJson(output);
  if (textAt(credential, 'kind') !== 'ExecCredential') throw new CredentialsError(`${command} printed no ExecCredential`);
  const version = textAt(credential, 'apiVersion');
  if (version !== apiVersion) throw new CredentialsError(`${command} printed ${version ?? 'no version'}, ${apiVersion} was wanted`);
  const token = textAt(credential, 'status', 'token');
  const clientCertificate = textAt(credential, 'status', 'clientCertificateData');
  const clientKey = textAt(credential, 'status', 'clientKeyData');
  const hasCertificate = clientCertificate !== undefined && clientKey !== undefined;
  if (token === undefined && !hasCertificate)
    throw new CredentialsError(`${command} printed neither a token nor a certificate with its key`);
  const expires = Date.parse(textAt(credential, 'status', 'expirationTimestamp') ?? '');
  return {
    identity: { ...(token === undefined ? {} : { token }), ...(hasCertificate ? { clientCertificate, clientKey } : {}) },
    untilMs: Number.isFinite(expires) ? expires : Number.POSITIVE_INFINITY,
  };
}
