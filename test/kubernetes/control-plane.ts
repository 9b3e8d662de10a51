/** A real control plane on loopback: etcd, kube-apiserver, controllers and scheduler, with ports and folders of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKubernetesClient, type KubernetesClient } from '../../src/adapters/kubernetes/client.ts';
import type { Connection } from '../../src/adapters/kubernetes/connection.ts';
import { textAt } from '../../src/adapters/kubernetes/json.ts';
import { readKubeconfig } from '../../src/adapters/kubernetes/kubeconfig.ts';
import { createSystemClock } from '../../src/adapters/system/clock.ts';
import { sleep } from '../../src/ports/clock.ts';
import type { Binaries } from './binaries.ts';
import { createPki, type Pki } from './pki.ts';
import { reapAtExit } from './reaper.ts';

const clock = createSystemClock();
const READY_WITHIN_MS = 120_000;
const BINDINGS = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings';
const MADE_LAST = [
  '/api/v1/namespaces/default',
  ...['basic-user', 'kube-controller-manager', 'kube-scheduler', 'controller:deployment-controller'].map(
    (name) => `${BINDINGS}/system:${name}`,
  ),
];

export interface ControlPlane {
  readonly admin: KubernetesClient;
  /** As a user of `pki.ts`. */
  connection(user: string): Connection;
  /** Its store forgets what was before now. */
  compact(): Promise<void>;
  /** Path of one of its certificates, keys or kubeconfigs. */
  file(name: string): string;
  stop(): Promise<void>;
}

/** How often HPAs are looked at, and how long one lowers nothing that it wanted. */
export interface HpaPace {
  readonly syncMs: number;
  readonly stabilizationMs: number;
}

const QUICK: HpaPace = { syncMs: 2_000, stabilizationMs: 4_000 };

export async function startControlPlane(binaries: Binaries, pace = QUICK): Promise<ControlPlane> {
  const folder = mkdtempSync(join(tmpdir(), 'forescale-kubernetes-'));
  mkdirSync(join(folder, 'etcd'), { mode: 0o700 });
  const [etcdPort = 0, peerPort = 0, apiPort = 0, managerPort = 0, schedulerPort = 0] = await freePorts(5);
  const server = `https://127.0.0.1:${apiPort}`;
  const pki = createPki(binaries.openssl, folder, server);
  const running: ChildProcess[] = [];
  reapAtExit(running, folder);
  const start = (program: string, args: readonly string[], name: string): void => {
    const log = openSync(join(folder, `${name}.log`), 'a');
    running.push(spawn(program, args, { cwd: folder, stdio: ['ignore', log, log] }));
  };
  const stop = async (): Promise<void> => {
    for (const child of running.reverse()) await end(child);
    await admin.close();
    rmSync(folder, { recursive: true, force: true });
  };
  const connection = (user: string): Connection => readKubeconfig({ file: pki.file(`${user}.kubeconfig`) }, clock);
  const admin = createKubernetesClient(connection('admin'), clock);
  try {
    start(binaries.etcd, etcdArguments(folder, etcdPort, peerPort), 'etcd');
    start(binaries.apiServer, apiServerArguments(pki, etcdPort, apiPort), 'apiserver');
    await whenReady(admin);
    start(binaries.controllerManager, managerArguments(pki, managerPort, pace), 'controller-manager');
    start(binaries.scheduler, componentArguments(pki, 'scheduler', schedulerPort), 'scheduler');
  } catch (error) {
    await stop();
    throw error;
  }
  return { admin, connection, compact: () => compact(etcdPort), file: (name) => pki.file(name), stop };
}

async function compact(etcdPort: number): Promise<void> {
  const ask = async (path: string, body: object): Promise<unknown> => {
    const answer = await fetch(`http://127.0.0.1:${etcdPort}/v3/kv/${path}`, { method: 'POST', body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`etcd, ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  const revision = textAt(await ask('range', { key: 'YQ==' }), 'header', 'revision');
  await ask('compaction', { revision });
}

async function whenReady(admin: KubernetesClient): Promise<void> {
  const untilMs = clock.monotonicMs() + READY_WITHIN_MS;
  while (clock.monotonicMs() < untilMs) {
    // The last things that a new server makes for itself; controllers without their rights give up.
    const found = await Promise.all(MADE_LAST.map((path) => admin.send({ method: 'GET', path, intent: 'read' })));
    if (found.every(({ ok }) => ok)) return;
    await sleep(clock, 200);
  }
  throw new Error(`the API server was not ready within ${READY_WITHIN_MS} ms`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.pid === undefined) return;
  const gone = new Promise((resolve) => void child.once('exit', resolve));
  child.kill('SIGTERM');
  const late = clock.setTimer(15_000, () => child.kill('SIGKILL'));
  await gone;
  late.cancel();
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  await Promise.all(servers.map((server) => new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => void server.close(resolve))));
  return ports;
}

function etcdArguments(folder: string, port: number, peerPort: number): string[] {
  const client = `http://127.0.0.1:${port}`;
  const peer = `http://127.0.0.1:${peerPort}`;
  return [
    `--data-dir=${join(folder, 'etcd')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    '--unsafe-no-fsync',
  ];
}

function apiServerArguments(pki: Pki, etcdPort: number, port: number): string[] {
  return [
    `--etcd-servers=http://127.0.0.1:${etcdPort}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    // Not loopback, which endpoints may not be; nothing connects to it.
    '--advertise-address=192.0.2.1',
    `--tls-cert-file=${pki.file('apiserver.crt')}`,
    `--tls-private-key-file=${pki.file('apiserver.key')}`,
    `--client-ca-file=${pki.file('ca.crt')}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${pki.file('sa.pub')}`,
    `--service-account-signing-key-file=${pki.file('sa.key')}`,
    '--authorization-mode=RBAC',
    '--service-cluster-ip-range=10.0.0.0/24',
    '--watch-cache-sizes=replicasets.apps#0',
    '--disable-admission-plugins=ServiceAccount',
    // Asks API servers behind it, as whom it has authenticated.
    `--requestheader-client-ca-file=${pki.file('ca.crt')}`,
    '--requestheader-allowed-names=front-proxy-client',
    '--requestheader-extra-headers-prefix=X-Remote-Extra-',
    '--requestheader-group-headers=X-Remote-Group',
    '--requestheader-username-headers=X-Remote-User',
    `--proxy-client-cert-file=${pki.file('front-proxy.crt')}`,
    `--proxy-client-key-file=${pki.file('front-proxy.key')}`,
  ];
}

function componentArguments(pki: Pki, name: string, port: number): string[] {
  const kubeconfig = pki.file(`${name}.kubeconfig`);
  const same = [`--kubeconfig=${kubeconfig}`, `--authentication-kubeconfig=${kubeconfig}`, `--authorization-kubeconfig=${kubeconfig}`];
  return [...same, '--bind-address=127.0.0.1', `--secure-port=${port}`, '--leader-elect=false'];
}

function managerArguments(pki: Pki, port: number, { syncMs, stabilizationMs }: HpaPace): string[] {
  return [
    ...componentArguments(pki, 'controller-manager', port),
    `--service-account-private-key-file=${pki.file('sa.key')}`,
    `--root-ca-file=${pki.file('ca.crt')}`,
    '--use-service-account-credentials',
    '--controllers=*,-nodeipam,-route,-cloud-node-lifecycle',
    `--horizontal-pod-autoscaler-sync-period=${syncMs}ms`,
    `--horizontal-pod-autoscaler-downscale-stabilization=${stabilizationMs}ms`,
  ];
}
