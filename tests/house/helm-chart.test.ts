import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Ajv } from 'ajv';
import { afterAll, describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { parseConfig } from '../../proxy/config/load.ts';
import { readSource, ROOT } from './sources.ts';

const CHART = 'deploy/helm/llmproxy';
/** A helm that was built from source believes to face an old Kubernetes. */
const KUBERNETES = ['--kube-version', '1.31.0'];
const HELM = process.env['HELM'] ?? 'helm';
const run = promisify(execFile);
const noHelm = await run(HELM, ['version']).then(
  () => undefined,
  () => `there is no ${HELM}; the variable HELM names another one`,
);

const folder = mkdtempSync(join(tmpdir(), 'llmproxy-helm-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Container {
  readonly env?: readonly { readonly name: string; readonly value: string }[];
  readonly envFrom?: readonly unknown[];
  readonly args: readonly string[];
  readonly securityContext: object;
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string; readonly subPath?: string }[];
  readonly [probe: `${string}Probe`]: object;
}

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec: {
    readonly replicas?: number;
    readonly egress?: readonly { readonly ports?: readonly { readonly port: unknown }[] }[];
    readonly template?: {
      readonly spec: { readonly securityContext: object; readonly containers: readonly Container[] };
    };
  };
}

/** What `helm template` makes of the chart with these values. */
async function rendered(values: object = {}): Promise<Manifest[]> {
  const file = join(folder, 'values.json');
  writeFileSync(file, JSON.stringify(values));
  const { stdout } = await run(HELM, ['template', 'llmproxy', join(ROOT, CHART), ...KUBERNETES, '--values', file]);
  return parseAllDocuments(stdout)
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest) => manifest !== null);
}

const values = parse(readSource(`${CHART}/values.yaml`)) as { readonly config: string };
const judge = new Ajv({ strict: false }).compile(JSON.parse(readSource(`${CHART}/values.schema.json`)) as object);
const load = (text: string, environment: Record<string, string> = {}) =>
  parseConfig(text, 'llmproxy.yaml', { environment, overrides: { host: '0.0.0.0' } });

test('the chart has the version of the package', () => {
  const { version } = JSON.parse(readSource('package.json')) as { readonly version: string };
  expect(parse(readSource(`${CHART}/Chart.yaml`))).toMatchObject({ version, appVersion: version });
});

test('the values fit their schema, and the proxy takes their configuration on an address that others reach', () => {
  judge(values);
  expect(judge.errors ?? []).toEqual([]);
  const { config, warnings } = load(values.config, { OPENAI_API_KEY: 'k', REDIS_URL: 'redis://r:6379' });
  expect(warnings).toEqual([]);
  expect(config.server.host).toBe('0.0.0.0');
  expect(config.redis.url?.reveal()).toBe('redis://r:6379');
});

test.each([
  { replica: 3 },
  { replicas: 0 },
  { config: { models: {} } },
  { config: 'server: {}' },
  { image: { pullPolicy: 'Sometimes' } },
  { redis: { url: 'localhost' } },
  { secret: { values: { 'a-key': 'v' } } },
])('values with %j are refused', (wrong) => {
  expect(judge(wrong)).toBe(false);
});

describe('with helm', () => {
  test('lint finds nothing', async (context) => {
    if (noHelm !== undefined) context.skip(noHelm);
    const { stdout } = await run(HELM, ['lint', '--strict', ...KUBERNETES, join(ROOT, CHART)]);
    expect(stdout).toContain('1 chart(s) linted, 0 chart(s) failed');
  });

  test('two replicas, a Redis of their own, a budget for disruptions, policies for the network', async (context) => {
    if (noHelm !== undefined) context.skip(noHelm);
    const manifests = await rendered();
    expect(manifests.map(({ kind, metadata: { name } }) => `${kind} ${name}`).toSorted()).toEqual([
      'ConfigMap llmproxy',
      'Deployment llmproxy',
      'Deployment llmproxy-redis',
      'NetworkPolicy llmproxy',
      'NetworkPolicy llmproxy-redis',
      'PodDisruptionBudget llmproxy',
      'Service llmproxy',
      'Service llmproxy-redis',
      'ServiceAccount llmproxy',
    ]);
    expect(deployment(manifests).spec.replicas).toBe(2);
    expect(manifests.find(({ kind }) => kind === 'ConfigMap')?.data?.['llmproxy.yaml']).toBe(values.config);
  });

  test('no container is root, writes to its own files or gains rights; all are probed', async (context) => {
    if (noHelm !== undefined) context.skip(noHelm);
    const pods = (await rendered()).flatMap(({ spec }) => (spec?.template === undefined ? [] : [spec.template.spec]));
    expect(pods).toHaveLength(2);
    for (const { securityContext, containers } of pods) {
      expect(securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
      expect(containers[0]).toMatchObject({
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
        livenessProbe: expect.anything(),
        readinessProbe: expect.anything(),
      });
    }
  });

  test('the configuration is mounted as a folder, and the proxy is started with it', async (context) => {
    if (noHelm !== undefined) context.skip(noHelm);
    const { args, volumeMounts } = proxy(await rendered());
    expect(args.slice(0, 2)).toEqual(['--config', '/config/llmproxy.yaml']);
    const [mount] = volumeMounts.filter(({ mountPath }) => mountPath === '/config');
    expect(mount).toEqual({ name: 'config', mountPath: '/config', readOnly: true });
  });

  test('a Redis of others and a Secret that is there take the place of the chart’s own', async (context) => {
    if (noHelm !== undefined) context.skip(noHelm);
    const manifests = await rendered({
      redis: { bundled: false, url: 'rediss://cache.example:6380' },
      secret: { existing: 'llm-keys' },
    });
    expect(manifests.filter(({ metadata: { name } }) => name.endsWith('-redis'))).toEqual([]);
    expect(proxy(manifests).env).toEqual([{ name: 'REDIS_URL', value: 'rediss://cache.example:6380' }]);
    expect(proxy(manifests).envFrom).toEqual([{ secretRef: { name: 'llm-keys' } }]);
  });

  test('Postgres needs a section of the configuration and its secrets, and is let through', async (context) => {
    if (noHelm !== undefined) context.skip(noHelm);
    const postgres = { enabled: true };
    const config = `database: {}\n${values.config}`;
    await expect(rendered({ postgres, secret: { existing: 's' } })).rejects.toThrow('section `database`');
    await expect(rendered({ postgres, config })).rejects.toThrow('LLMPROXY_DATABASE_URL');
    const manifests = await rendered({ postgres, config, secret: { existing: 's' } });
    const policy = manifests.find(({ kind, metadata: { name } }) => kind === 'NetworkPolicy' && name === 'llmproxy');
    const ports = policy?.spec.egress?.flatMap((rule) => (rule.ports ?? []).map(({ port }) => port));
    expect(ports).toEqual([53, 53, 443, 5432, 'redis']);
  });

  test('values that the schema does not know stop the release', async (context) => {
    if (noHelm !== undefined) context.skip(noHelm);
    await expect(rendered({ replica: 3 })).rejects.toThrow(/replica/);
  });
});

function deployment(manifests: readonly Manifest[]): Manifest {
  const found = manifests.find(({ kind, metadata: { name } }) => kind === 'Deployment' && name === 'llmproxy');
  if (found === undefined) throw new Error('there is no Deployment called llmproxy');
  return found;
}

function proxy(manifests: readonly Manifest[]): Container {
  return deployment(manifests).spec.template!.spec.containers[0]!;
}
