/** What is deployed, as far as it can be held without an engine: valid documents, least privilege, configs that can be used. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse, parseAllDocuments } from 'yaml';
import { createProgram } from '../../src/cli/program.ts';
import { parseConfig } from '../../src/config/parse.ts';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

type Document = Readonly<Record<string, unknown>> & { readonly kind: string };
const documents = parseAllDocuments(read('deploy/kubernetes/forescale.yaml')).map((document) => {
  assert.deepEqual(document.errors, []);
  return document.toJS() as Document;
});
const one = <T>(kind: string): T => {
  const found = documents.filter((document) => document.kind === kind);
  assert.equal(found.length, 1, kind);
  return found[0] as T;
};

interface Role {
  readonly rules: readonly {
    readonly resources: readonly string[];
    readonly resourceNames?: readonly string[];
    readonly verbs: readonly string[];
  }[];
}
interface Container {
  readonly args: readonly string[];
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly livenessProbe: { readonly httpGet: { readonly path: string } };
  readonly readinessProbe: { readonly httpGet: { readonly path: string } };
}
interface Deployment {
  readonly spec: {
    readonly selector: { readonly matchLabels: object };
    readonly template: {
      readonly metadata: { readonly labels: object };
      readonly spec: {
        readonly securityContext: Readonly<Record<string, unknown>>;
        readonly containers: readonly Container[];
        readonly terminationGracePeriodSeconds: number;
      };
    };
  };
}

/** Every option is one that the command has; `args` begin with its name. */
function assertCommand(args: readonly string[]): void {
  const command = createProgram().commands.find((found) => found.name() === args[0]);
  assert.ok(command !== undefined, String(args[0]));
  for (const option of args.filter((arg) => arg.startsWith('--')))
    assert.ok(
      command.options.some(({ long }) => long === option),
      option,
    );
}

test('kubernetes: it may write the one workload that it scales, and only read the rest', () => {
  for (const { resources, resourceNames, verbs } of one<Role>('Role').rules) {
    assert.ok(!verbs.includes('*') && !resources.includes('*'));
    const writes = verbs.filter((verb) => !['get', 'list', 'watch'].includes(verb));
    if (writes.length === 0) continue;
    assert.deepEqual(writes, ['patch']);
    assert.deepEqual(resourceNames, ['web'], resources.join());
  }
  assert.ok(!documents.some(({ kind }) => kind.startsWith('ClusterRole')), 'nothing outside of its namespace');
});

test('kubernetes: the pod is not root, cannot write its files, and has time to drain', () => {
  const { template, selector } = one<Deployment>('Deployment').spec;
  assert.deepEqual(template.metadata.labels, selector.matchLabels);
  assert.equal(template.spec.securityContext['runAsNonRoot'], true);
  const [container] = template.spec.containers;
  assert.deepEqual(container?.securityContext, {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  });
  assert.deepEqual([container?.livenessProbe.httpGet.path, container?.readinessProbe.httpGet.path], ['/healthz', '/readyz']);
  assert.ok(template.spec.terminationGracePeriodSeconds >= 30);
  assertCommand(container?.args ?? []);
});

test('deploy: every config in it can be used', () => {
  const { data } = one<{ readonly data: Readonly<Record<string, string>> }>('ConfigMap');
  for (const [name, text] of [
    ['ConfigMap', data['forescale.yaml'] ?? ''],
    ['compose', read('deploy/compose/forescale.yaml')],
  ] as const) {
    const parsed = parseConfig(text, name);
    assert.ok(parsed.ok, parsed.ok ? '' : parsed.error.message);
  }
});

test('compose: services are read-only, unprivileged and run commands that exist; nothing is open beyond this machine', () => {
  const { services } = parse(read('deploy/compose/compose.yaml')) as {
    readonly services: Readonly<
      Record<
        string,
        {
          readonly read_only?: boolean;
          readonly cap_drop?: readonly string[];
          readonly command?: readonly string[];
          readonly ports?: readonly string[];
        }
      >
    >;
  };
  for (const name of ['forescale', 'agent']) {
    assert.equal(services[name]?.read_only, true, name);
    assert.deepEqual(services[name]?.cap_drop, ['ALL'], name);
  }
  assertCommand(services['agent']?.command ?? []);
  for (const port of Object.values(services).flatMap(({ ports = [] }) => ports)) assert.match(port, /^127\.0\.0\.1:/);
});

test('image: is not root, gets its signals itself, and has a health check', () => {
  const dockerfile = read('deploy/Dockerfile');
  const last = dockerfile.slice(dockerfile.lastIndexOf('FROM '));
  assert.match(last, /^USER 1000:1000$/m);
  assert.match(last, /^ENTRYPOINT \["node", "dist\/src\/cli\/main\.js"\]$/m);
  assert.match(last, /^HEALTHCHECK /m);
  const [, args = '[]'] = /^CMD (\[.*\])$/m.exec(last) ?? [];
  assertCommand(JSON.parse(args) as string[]);
});

test('systemd: a user of its own, a file system that it cannot write, and a command that exists', () => {
  const unit = read('deploy/systemd/forescale.service');
  for (const line of ['DynamicUser=yes', 'ProtectSystem=strict', 'NoNewPrivileges=yes', 'KillSignal=SIGTERM'])
    assert.ok(unit.includes(`\n${line}\n`), line);
  assertCommand(/^ExecStart=\S+ forescale (.*)$/m.exec(unit)?.[1]?.split(' ') ?? []);
});

const noSystemd = spawnSync('systemd-analyze', ['--version']).status === 0 ? false : 'SKIPPED: systemd is not installed';
test('systemd: it finds nothing to mend in the unit, and little that the unit exposes', { skip: noSystemd }, () => {
  const unit = fileURLToPath(new URL('../../deploy/systemd/forescale.service', import.meta.url));
  const analyze = (...args: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync('systemd-analyze', [...args, unit], { encoding: 'utf8' });
    return { status, said: stderr + stdout };
  };
  assert.deepEqual(analyze('verify', '--man=no'), { status: 0, said: '' });
  // Of 100; above 50 systemd calls it medium.
  const security = analyze('security', '--offline=true', '--threshold=30');
  assert.equal(security.status, 0, security.said);
});
