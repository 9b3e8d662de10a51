import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import type { KubernetesClient, KubernetesRequest, KubernetesResult } from '../../src/adapters/kubernetes/client.ts';
import { at, listAt, textAt, type JsonObject } from '../../src/adapters/kubernetes/json.ts';

const ROOT = '/apis/apps/v1/namespaces/default/deployments';
/** The real server is told to keep no copy of these: its copy would answer for longer than its store. */
const UNCACHED = '/apis/apps/v1/namespaces/default/replicasets';
const WEB = `${ROOT}/contract`;
const SCALE = `${WEB}/scale`;

/**
 * What the Kubernetes adapter relies on, said of an API server. It runs on the fake one, and on a real one with
 * `npm run test:kubernetes`, so that the fake cannot drift. `admin` may do everything;
 * `forget` makes the server lose what was before now.
 */
export function kubernetesApiContract(name: string, admin: () => KubernetesClient, forget = async (): Promise<void> => {}): void {
  describe(`kubernetes api contract: ${name}`, () => {
    const send = (method: KubernetesRequest['method'], path: string, body?: unknown, contentType?: string): Promise<KubernetesResult> =>
      admin().send({
        method,
        path,
        intent: method === 'GET' ? 'read' : 'write',
        ...(body === undefined ? {} : { body }),
        ...(contentType === undefined ? {} : { contentType }),
      });
    const taken = async (result: Promise<KubernetesResult>): Promise<JsonObject> => {
      const ended = await result;
      return ended.ok ? ended.value : assert.fail(ended.error.message);
    };
    const refused = async (
      result: Promise<KubernetesResult>,
    ): Promise<readonly [code: number, reason: string, fields: readonly string[]]> => {
      const ended = await result;
      return ended.ok ? assert.fail('it was taken') : [ended.status?.code ?? 0, ended.status?.reason ?? '', ended.status?.fields ?? []];
    };
    const apply = (manager: string, replicas: number | undefined, query = '') =>
      send('PATCH', `${WEB}?fieldManager=${manager}${query}`, manifest(replicas), 'application/apply-patch+yaml');
    const jsonPatch = (path: string, steps: readonly object[]) =>
      send('PATCH', `${path}?fieldManager=forescale`, steps, 'application/json-patch+json');
    const merge = (path: string, body: unknown) => send('PATCH', path, body, 'application/merge-patch+json');
    const ownersOf = (object: JsonObject): readonly string[] =>
      listAt(object, 'metadata', 'managedFields')
        .filter((entry) => at(entry, 'fieldsV1', 'f:spec', 'f:replicas') !== undefined)
        .map((entry) => [textAt(entry, 'manager'), textAt(entry, 'operation'), textAt(entry, 'subresource') ?? '-'].join('/'));

    test('api: who applies a count owns it', async () => {
      assert.deepEqual(ownersOf(await taken(apply('gitops', 2))), ['gitops/Apply/-']);
    });

    test('api: a scale is told with its count, its selector and the version of the object', async () => {
      const scale = await taken(send('GET', SCALE));
      assert.deepEqual([textAt(scale, 'kind'), at(scale, 'spec', 'replicas')], ['Scale', 2]);
      assert.equal(textAt(scale, 'status', 'selector'), 'app=contract');
    });

    test('api: a patch whose test holds is taken, and one whose test fails is 422 without a field', async () => {
      const set = (from: number, to: number) => [
        { op: 'test', path: '/spec/replicas', value: from },
        { op: 'replace', path: '/spec/replicas', value: to },
      ];
      assert.equal(at(await taken(jsonPatch(SCALE, set(2, 5))), 'spec', 'replicas'), 5);
      assert.deepEqual(await refused(jsonPatch(SCALE, set(2, 7))), [422, 'Invalid', []]);
      assert.equal(at(await taken(send('GET', WEB)), 'spec', 'replicas'), 5);
    });

    test('api: writing the scale moves the ownership of the count, and an apply of another count then conflicts', async () => {
      assert.deepEqual(ownersOf(await taken(send('GET', WEB))), ['forescale/Update/scale']);
      const [code, reason] = await refused(apply('gitops', 2));
      assert.deepEqual([code, reason], [409, 'Conflict']);
      assert.equal(at(await taken(apply('gitops', undefined)), 'spec', 'replicas'), 5, 'without a count it is kept');
    });

    test('api: a patch of the object sets the count and our annotation in one step', async () => {
      const annotation = '/metadata/annotations/forescale.io~1generation';
      const web = await taken(send('GET', WEB));
      const version = { op: 'test', path: '/metadata/resourceVersion', value: textAt(web, 'metadata', 'resourceVersion') };
      const room = at(web, 'metadata', 'annotations') === undefined ? [{ op: 'add', path: '/metadata/annotations', value: {} }] : [];
      const set = { op: 'replace', path: '/spec/replicas', value: 3 };
      const first = [{ op: 'test', path: '/spec/replicas', value: 5 }, set, ...room, { op: 'add', path: annotation, value: '2' }];
      const result = await jsonPatch(WEB, [version, ...first]);
      // A controller may have changed the status in between, which the version tells; then it is only refused.
      const stored = result.ok ? result.value : await taken(jsonPatch(WEB, first));
      assert.deepEqual([at(stored, 'spec', 'replicas'), textAt(stored, 'metadata', 'annotations', 'forescale.io/generation')], [3, '2']);
      const late = [
        { op: 'test', path: annotation, value: '0' },
        { ...set, value: 9 },
      ];
      assert.deepEqual(await refused(jsonPatch(WEB, late)), [422, 'Invalid', []]);
    });

    test('api: an old version is a conflict, the same value changes no version', async () => {
      const old = await taken(send('GET', SCALE));
      await taken(merge(SCALE, { spec: { replicas: 4 } }));
      const [code, reason] = await refused(send('PUT', SCALE, { ...old, spec: { replicas: 6 } }));
      assert.deepEqual([code, reason], [409, 'Conflict']);
      const generation = at(await taken(send('GET', WEB)), 'metadata', 'generation');
      await taken(merge(SCALE, { spec: { replicas: 4 } }));
      assert.equal(at(await taken(send('GET', WEB)), 'metadata', 'generation'), generation);
    });

    test('api: what cannot be is refused with the field, what is not there with 404, a dry run changes nothing', async () => {
      assert.deepEqual(await refused(merge(SCALE, { spec: { replicas: -1 } })), [422, 'Invalid', ['spec.replicas']]);
      assert.deepEqual((await refused(merge(`${ROOT}/nope/scale`, { spec: { replicas: 1 } }))).slice(0, 2), [404, 'NotFound']);
      assert.equal(at(await taken(merge(`${SCALE}?dryRun=All`, { spec: { replicas: 9 } })), 'spec', 'replicas'), 9);
      assert.equal(at(await taken(send('GET', SCALE)), 'spec', 'replicas'), 4);
    });

    test('api: a list pages and tells its version, a watch from it tells what happens next', async () => {
      const list = await taken(send('GET', `${ROOT}?limit=1`));
      assert.equal(listAt(list, 'items').length, 1);
      const version = textAt(list, 'metadata', 'resourceVersion') ?? '';
      const abort = new AbortController();
      const seen: unknown[] = [];
      const watching = admin().watch(
        `${ROOT}?watch=1&resourceVersion=${version}&allowWatchBookmarks=true&timeoutSeconds=60`,
        (event) => {
          if (textAt(event, 'object', 'metadata', 'name') !== 'contract') return;
          seen.push(at(event, 'object', 'spec', 'replicas'));
          if (seen.includes(1)) abort.abort();
        },
        abort.signal,
      );
      await taken(merge(SCALE, { spec: { replicas: 1 } }));
      await watching;
      assert.equal(seen.at(-1), 1);
    });

    test('api: a watch from a version that is long gone is told 410 by an event, not by the status', async () => {
      await forget();
      const seen: JsonObject[] = [];
      const abort = new AbortController();
      const ended = await admin().watch(
        `${UNCACHED}?watch=1&resourceVersion=2&timeoutSeconds=5`,
        (event) => {
          seen.push(event);
          abort.abort();
        },
        abort.signal,
      );
      assert.ok(seen.length > 0, `nothing was told; ${JSON.stringify(ended ?? 'it ended')}`);
      assert.deepEqual(
        seen.slice(0, 1).map((event) => [textAt(event, 'type'), at(event, 'object', 'code'), textAt(event, 'object', 'reason')]),
        [['ERROR', 410, 'Expired']],
      );
    });

    test('api: a review of access says what we may', async () => {
      const resourceAttributes = { verb: 'patch', group: 'apps', resource: 'deployments', subresource: 'scale', namespace: 'default' };
      const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: { resourceAttributes } };
      const review = await taken(send('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', body));
      assert.equal(at(review, 'status', 'allowed'), true);
    });
  });
}

/** A Deployment as a GitOps tool applies it. */
export function manifest(replicas: number | undefined, name = 'contract'): JsonObject {
  const labels = { app: name };
  const containers = [{ name: 'c', image: 'fake/web:1', resources: { requests: { cpu: '100m', memory: '64Mi' } } }];
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'default' },
    spec: {
      ...(replicas === undefined ? {} : { replicas }),
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers } },
    },
  };
}
