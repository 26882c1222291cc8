import { expect, test } from 'vitest';
import { secretsOf, type Config } from './config.ts';
import { ConfigError } from './fault.ts';
import { parseConfig, type Loaded } from './load.ts';

const MOCK = 'models: { m: { endpoints: [ { provider: mock } ] } }';

function load(text: string, environment: Record<string, string> = {}): Loaded {
  return parseConfig(`${text}\n${MOCK}`, 'test.yaml', { environment });
}

function parse(text: string, environment: Record<string, string> = {}): Config {
  return load(text, environment).config;
}

function faults(text: string, environment: Record<string, string> = {}): string {
  try {
    load(text, environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return '';
}

const DAY = 86_400_000;

test('without its sections there is nothing of it, whatever the environment says', () => {
  const config = parse('', { LLMPROXY_DATABASE_URL: 'postgres://h/d', LLMPROXY_MASTER_KEY: 'x'.repeat(40) });
  expect(config.governance).toBeUndefined();
  expect(config.plans.size).toBe(0);
  expect(config.auth).toEqual({ admin: 'loopback', requireKey: false });
});

test.each(['database: {}', 'governance: {}', 'database:', 'governance: # budget_unit: usd'])(
  '%s turns it on with every default',
  (text) => {
    const { governance, auth } = parse(text);
    expect(governance).toEqual({
      budgetUnit: 'cents',
      ledgerRetentionMs: 400 * DAY,
      auditRetentionMs: 400 * DAY,
      pollMs: 500,
    });
    expect(auth).toEqual({ admin: 'token', requireKey: false });
  },
);

test('all of it is read, and its secrets are known to the redactor', () => {
  const text = `
database: { url: 'postgres://u:hush-hush@db/llmproxy' }
governance:
  budget_unit: usd
  webhook: { url: 'https://hooks.example.com/x', secret: signing-secret }
  ledger_retention: 30d
  audit_retention: 90d
  poll: 2s
auth: { admin_token: token-of-the-admin }`;
  const config = parse(text, { LLMPROXY_MASTER_KEY: 'the-master-key' });
  expect(config.governance).toMatchObject({
    budgetUnit: 'usd',
    webhook: { url: 'https://hooks.example.com/x' },
    ledgerRetentionMs: 30 * DAY,
    auditRetentionMs: 90 * DAY,
    pollMs: 2_000,
  });
  expect(secretsOf(config).map((secret) => secret.reveal())).toEqual(
    expect.arrayContaining(['postgres://u:hush-hush@db/llmproxy', 'signing-secret', 'the-master-key']),
  );
  expect(JSON.stringify(config)).not.toMatch(/hush-hush|signing-secret|the-master-key/);
});

test.each([
  ['sqlite:data/a.db', true],
  ['file:/var/a.db', true],
  ['./a b.db', true],
  ['/var/lib/a.db', true],
  [':memory:', false],
  ['sqlite::memory:', false],
  ['postgres://u@h/d', false],
  ['postgresql://u@h/d', false],
])('database.url %j is taken, and only beside a file a token can be made', (url, isFile) => {
  const message = 'auth: expected an auth.admin_token, found none';
  expect(faults(`database: { url: '${url}' }`).includes(message)).toBe(!isFile);
  expect(faults(`database: { url: '${url}' }\nauth: { admin: open }`)).toBe('');
});

test.each(['mysql://h/d', 'http://h', 'redis://h'])('database.url %j is refused, and not shown', (url) => {
  expect(faults(`database: { url: '${url}' }`)).toContain('database.url: expected sqlite:PATH');
  expect(faults(`database: { url: '${url}' }`)).not.toContain(url);
  expect(faults('database: {}', { LLMPROXY_DATABASE_URL: url })).toContain('expected LLMPROXY_DATABASE_URL to be');
});

test('the environment names the database where the file does not; DATABASE_URL is not read', () => {
  const environment = { LLMPROXY_DATABASE_URL: 'sqlite:from-environment.db', DATABASE_URL: 'postgres://h/d' };
  expect(parse('governance: {}', environment).governance?.databaseUrl?.reveal()).toBe('sqlite:from-environment.db');
  expect(parse('database: { url: own.db }', environment).governance?.databaseUrl?.reveal()).toBe('own.db');
  expect(parse('database: {}', { DATABASE_URL: 'postgres://h/d' }).governance?.databaseUrl).toBeUndefined();
});

test('off loopback a key is asked for unless the file says otherwise, and administration is never open by itself', () => {
  const off = 'database: {}\nserver: { host: 0.0.0.0 }';
  expect(parse(off).auth).toEqual({ admin: 'token', requireKey: true });
  expect(faults(`${off}\nauth: { require_key: false }`)).toContain('refused to listen on 0.0.0.0');
  expect(parse('database: {}\nauth: { admin: loopback }').auth.admin).toBe('loopback');
});

test('where there are keys, requiring one closes no route by itself', () => {
  expect(parse('auth: { require_key: true }').passthrough.allow).not.toContain('files');
  const governed = load('database: {}\nauth: { require_key: true }');
  expect(governed.config.passthrough.allow).toContain('files');
  expect(governed.config.passthrough.allow).not.toContain('organization');
  expect(governed.warnings.join()).not.toContain('there are no virtual keys');
  expect(governed.config.passthrough.named).toEqual([]);
  expect(parse('database: {}\npassthrough: { allow: [files] }').passthrough.named).toEqual(['files']);
});

test('plans are checked for their form, and their names are taken', () => {
  const plans = `plans:
  free: { models: [gpt-4o-mini, 'o3*'], managed: false, own_credentials: true }
  pro: { models: '*', monthly_budget_cents: 5000, max_cost_per_request_cents: 50 }`;
  expect([...parse(`database: {}\n${plans}`).plans.keys()]).toEqual(['free', 'pro']);
  expect(load(plans).warnings.join()).toContain('plans: means nothing without');
  expect(faults('plans: { free: { models: all } }')).toContain('expected `*` or a list of model names');
  expect(faults('plans: { free: { monthly_budget_cents: -1 } }')).toContain('expected a whole number');
  expect(faults('plans: { free: { modles: [] } }')).toContain('modles');
});

test.each(['ftp://h/x', 'https://user@h/x', 'h/x'])('a webhook at %j is refused', (url) => {
  expect(faults(`governance: { webhook: { url: '${url}' } }`)).toContain('governance.webhook.url: expected http');
});
