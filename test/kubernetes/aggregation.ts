/** An API server of external metrics behind a real one. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import type { JsonObject } from '../../src/adapters/kubernetes/json.ts';
import type { ControlPlane } from './control-plane.ts';
import { post } from './world.ts';

export const manifestFile = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../../deploy/kubernetes/${name}`, import.meta.url)), 'utf8');

function fail(kind: string): never {
  throw new Error(`the manifest has no ${kind}`);
}

/** As the manifest says, but for where it is: this machine, which a Service of the type ExternalName can name. */
export async function registerMetrics(plane: ControlPlane, port: number): Promise<() => Promise<void>> {
  const ca = Buffer.from(readFileSync(plane.file('ca.crt'))).toString('base64');
  const text = manifestFile('external-metrics.yaml').replaceAll('NAMESPACE', 'default').replaceAll('CA_BUNDLE', ca);
  const documents = parseAllDocuments(text).map((document) => document.toJS() as JsonObject);
  const of = (kind: string): JsonObject => documents.find((one) => one['kind'] === kind) ?? fail(kind);
  const service = of('Service');
  await post(plane, '/api/v1/namespaces/default/services', { ...service, spec: { type: 'ExternalName', externalName: 'localhost' } });
  const registered = of('APIService');
  const registeredSpec = registered['spec'] as { readonly service: object };
  const spec = { ...registeredSpec, service: { ...registeredSpec.service, port } };
  const services = '/apis/apiregistration.k8s.io/v1/apiservices';
  await post(plane, services, { ...registered, spec });
  const subjects = [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'forescale' }];
  const rbac = '/apis/rbac.authorization.k8s.io/v1';
  await post(plane, `${rbac}/namespaces/kube-system/rolebindings`, { ...of('RoleBinding'), subjects });
  await post(plane, `${rbac}/clusterroles`, of('ClusterRole'));
  await post(plane, `${rbac}/clusterrolebindings`, of('ClusterRoleBinding'));
  return async () => {
    await plane.admin.send({ method: 'DELETE', path: `${services}/v1beta1.external.metrics.k8s.io`, intent: 'write' });
  };
}
