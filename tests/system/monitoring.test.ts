import { readFileSync } from 'node:fs';
import { parser } from '@prometheus-io/lezer-promql';
import { parse } from 'yaml';
import { beforeAll, describe, expect, test } from 'vitest';
import { startMock } from '../../mocks/index.ts';
import { startProxy } from '../setup/services.ts';
import { testRedis } from './governed-replicas.ts';

const FOLDER = new URL('../../deploy/monitoring/', import.meta.url);
const PAGE = readFileSync(new URL('../../docs/monitoring.md', import.meta.url), 'utf8');
/** What Prometheus adds to every series. */
const ADDED = ['instance', 'job'];
/** Series that Prometheus itself makes. */
const OWN = ['up'];

interface Selector {
  readonly metric: string;
  readonly labels: readonly string[];
}

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string };
}

/** Metrics of an expression with the labels that are matched; throws where it is no PromQL. */
function selectorsOf(expression: string): Selector[] {
  const text = expression.replaceAll('$__rate_interval', '5m');
  const found: { metric: string; labels: string[] }[] = [];
  parser.parse(text).iterate({
    enter: ({ name, from, to, type, node }) => {
      if (type.isError) throw new Error(`no PromQL at ${from}: ${text}`);
      if (name === 'VectorSelector') found.push({ metric: '', labels: [] });
      const parent = node.parent?.name;
      if (name === 'Identifier' && parent === 'VectorSelector') found.at(-1)!.metric = text.slice(from, to);
      if (name === 'LabelName' && parent === 'UnquotedLabelMatcher') found.at(-1)!.labels.push(text.slice(from, to));
    },
  });
  return found;
}

/** Labels that lines are grouped by, or that a text names. */
function namedLabels(expression: string, text: string): string[] {
  const groups = [...expression.matchAll(/by \(([^)]*)\)/g)].flatMap(([, names = '']) => names.split(', '));
  return [...groups, ...[...text.matchAll(/\{\{ ?(?:\$labels\.)?(\w+) ?\}\}/g)].map(([, name]) => name as string)];
}

function expressions(): { expr: string; text: string }[] {
  const dashboard = JSON.parse(readFileSync(new URL('grafana-dashboard.json', FOLDER), 'utf8')) as {
    panels: { targets?: { expr: string; legendFormat: string }[] }[];
  };
  const plots = dashboard.panels.flatMap(({ targets = [] }) => targets);
  return [
    ...plots.map(({ expr, legendFormat }) => ({ expr, text: legendFormat })),
    ...rules().map(({ expr, annotations }) => ({ expr, text: annotations.summary })),
  ];
}

function rules(): Rule[] {
  const file = parse(readFileSync(new URL('alerts.yaml', FOLDER), 'utf8')) as { groups: { rules: Rule[] }[] };
  return file.groups.flatMap((group) => group.rules);
}

/** Labels of every metric of a proxy that uses all that has metrics. */
const labelsOf = new Map<string, Set<string>>();

beforeAll(async () => {
  const [mock, dead] = await Promise.all([startMock(), startMock()]);
  const endpoint = { provider: 'openai', base_url: mock.baseURL, api_key: 'sk-endpoint' };
  await dead.fault({ fault: 'server-error' });
  const proxy = await startProxy({
    config: {
      auth: { admin: 'open' },
      database: {},
      redis: testRedis(),
      server: { max_concurrency: 8 },
      routing: { allowed_fails: 1 },
      models: {
        good: { endpoints: [endpoint] },
        bad: { endpoints: [{ ...endpoint, base_url: dead.baseURL }] },
      },
    },
    env: { LLMPROXY_MASTER_KEY: '0123456789abcdef0123456789abcdeffedcba9876543210fedcba9876543210' },
  });
  const chat = (model: string, more: object = {}): Promise<Response> =>
    fetch(`${proxy.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello' }], ...more }),
    });
  try {
    for (const model of ['good', 'good', 'bad', 'bad', 'bad']) await (await chat(model)).text();
    await (await chat('good', { stream: true })).text();
    const text = await (await fetch(`${proxy.url}/metrics`)).text();
    for (const line of text.split('\n')) {
      const [, name, inner = ''] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? /.exec(line) ?? [];
      if (name === undefined || line.startsWith('#')) {
        const [, declared] = /^# TYPE (\S+)/.exec(line) ?? [];
        if (declared !== undefined && !labelsOf.has(declared)) labelsOf.set(declared, new Set());
        continue;
      }
      const labels = labelsOf.get(name) ?? new Set<string>();
      for (const [, label] of inner.matchAll(/(\w+)="/g)) labels.add(label as string);
      labelsOf.set(name, labels);
    }
  } finally {
    await proxy.stop();
    await Promise.all([mock.close(), dead.close()]);
  }
}, 60_000);

/** Metrics whose series come with an event that this test does not bring about, and their labels. */
const QUIET: Readonly<Record<string, readonly string[]>> = {
  llmproxy_endpoint_operation_out: ['endpoint', 'operation', 'state'],
  llmproxy_estimated_tokens_total: ['model', 'type'],
  llmproxy_governance_refused_total: ['code'],
  llmproxy_unpriced_requests_total: ['reason'],
};

describe('dashboard and alerts', () => {
  test.each(expressions())('$expr asks for what a proxy has', ({ expr, text }) => {
    const selectors = selectorsOf(expr).filter(({ metric }) => !OWN.includes(metric));
    const known = new Set<string>([...ADDED, 'le']);
    for (const { metric, labels } of selectors) {
      expect([...labelsOf.keys()]).toContain(metric);
      const has = new Set([...(labelsOf.get(metric) ?? []), ...(QUIET[metric] ?? []), ...ADDED]);
      expect(labels.filter((label) => !has.has(label))).toEqual([]);
      for (const label of has) known.add(label);
    }
    expect(namedLabels(expr, text).filter((label) => !known.has(label))).toEqual([]);
  });

  test('each alert has a name of its own, a severity and a sentence', () => {
    const all = rules();
    expect(new Set(all.map(({ alert }) => alert)).size).toBe(all.length);
    expect(all.every(({ labels }) => ['critical', 'warning'].includes(labels.severity))).toBe(true);
    expect(all.every(({ annotations }) => annotations.summary.endsWith('.'))).toBe(true);
  });

  test('what is no PromQL, and a metric or label that does not exist, would be found', () => {
    expect(() => selectorsOf('sum by (a (b)')).toThrow('no PromQL');
    expect(selectorsOf('rate(a{b="c", d=~"e"}[5m]) > f')).toEqual([
      { metric: 'a', labels: ['b', 'd'] },
      { metric: 'f', labels: [] },
    ]);
    expect(namedLabels('sum by (le, x) (a)', 'p95 {{x}} of {{ $labels.y }}')).toEqual(['le', 'x', 'x', 'y']);
  });
});

test('docs/monitoring.md names every metric of the proxy, and none that is not there', () => {
  const named = new Set([...PAGE.matchAll(/`((?:llmproxy|gen_ai|process|nodejs)_\w+)`/g)].map(([, name]) => name));
  const there = [...labelsOf.keys()].filter((name) => !/_(?:bucket|sum|count)$/.test(name));
  expect(there.filter((name) => !named.has(name))).toEqual([]);
  const labels = new Set([...labelsOf.values()].flatMap((names) => [...names]));
  expect([...named].filter((name) => !labelsOf.has(name as string) && !labels.has(name as string))).toEqual([]);
});
