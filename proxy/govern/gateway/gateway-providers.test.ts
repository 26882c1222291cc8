import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../config/load.ts';
import type { ModelConfig } from '../../config/config.ts';
import type { EndpointCredential } from '../../core/credential.ts';
import { ManualClock } from '../../core/clock.ts';
import type { CredentialEntry } from '../../governance/credentials/types.ts';
import type { GatewayProviderEntry } from '../../governance/gateway/types.ts';
import { MemoryCounters } from '../../governance/limits/memory-counters.ts';
import type { ModelRuntime } from '../../pipeline/runtime.ts';
import { GatewayProviders } from './gateway-providers.ts';

function row(change: Partial<GatewayProviderEntry> = {}): GatewayProviderEntry {
  return {
    id: 'p1',
    name: 'claude',
    displayName: 'Claude',
    baseUrl: null,
    models: [],
    isEnabled: true,
    rpm: 60,
    tpm: 100_000,
    priority: 10,
    version: '1',
    ...change,
  };
}

interface Bed {
  row: GatewayProviderEntry | undefined;
  key: string | undefined;
  opened: number;
  closed: number;
  readonly made: { readonly model: ModelConfig; readonly credential: EndpointCredential }[];
}

function build(first: GatewayProviderEntry | undefined) {
  const bed: Bed = { row: first, key: 'sk-stored', opened: 0, closed: 0, made: [] };
  const providers = new GatewayProviders({
    directory: { provider: (name) => (bed.row?.name === name ? bed.row : undefined) },
    credentials: {
      ofProvider: () => ({ id: 'c1' }) as CredentialEntry,
      open: () => {
        bed.opened += 1;
        return bed.key;
      },
    },
    counters: new MemoryCounters({ now: () => new ManualClock().now() }),
  });
  const text = JSON.stringify({
    database: {},
    providers: { claude: { base_url: 'https://configured.test', api_key: 'sk-configured' }, acme: {} },
    gateway: { service_key: 'x' },
    models: { m: { endpoints: [{ provider: 'mock' }] } },
  });
  const { config } = parseConfig(text, 'test.yaml', { environment: {} });
  const assemble: Parameters<GatewayProviders['configure']>[1] = (model, credential) => {
    bed.made.push({ model, credential });
    return { model: { name: model.name } as ModelRuntime, close: () => void (bed.closed += 1) };
  };
  providers.configure(config, assemble);
  return { bed, providers, again: () => providers.configure(config, assemble) };
}

describe('GatewayProviders', () => {
  test('the stored provider wins by its name', () => {
    const { bed, providers } = build(row({ baseUrl: 'https://stored.test/v1/messages' }));
    expect(providers.find('claude')).toMatchObject({ dialect: 'anthropic' });
    expect(bed.made[0]?.model.endpoints[0]).toMatchObject({
      provider: 'anthropic',
      providerName: 'anthropic',
      target: { origin: 'https://stored.test', basePath: '/v1' },
    });
  });

  test('without a stored one the configured one is used, whatever its word', () => {
    const { bed, providers } = build(undefined);
    expect(providers.find('anthropic')).toMatchObject({ dialect: 'anthropic' });
    expect(bed.made[0]).toMatchObject({
      credential: { kind: 'key', value: 'sk-configured' },
      model: { endpoints: [{ target: { origin: 'https://configured.test' } }] },
    });
  });

  test.each([
    ['openai', 'https://api.openai.com', '/v1'],
    ['claude', 'https://api.anthropic.com', '/v1'],
    ['gemini', 'https://generativelanguage.googleapis.com', '/v1beta'],
    ['llama', 'https://api.together.xyz', '/v1'],
    ['mistral', 'https://api.mistral.ai', '/v1'],
  ])('%s without a base_url is at %s', (name, origin, basePath) => {
    const { bed, providers } = build(row({ name }));
    expect(providers.find(name)).toMatchObject({ model: { name: `generate/${name}` } });
    expect(bed.made[0]?.model.endpoints[0]?.target).toMatchObject({ origin, basePath });
  });

  test.each([
    ['switched off', { isEnabled: false }, 'switched off'],
    ['custom without an address', { name: 'custom' }, 'address'],
    ['at no address', { baseUrl: 'nowhere' }, 'address'],
  ])('one that is %s cannot be used', (_name, change, sentence) => {
    const stored = row(change);
    const { providers } = build(stored);
    expect(providers.find(stored.name)).toContain(sentence);
  });

  test('one whose key does not open cannot be used', () => {
    const { bed, providers } = build(row());
    bed.key = undefined;
    expect(providers.find('claude')).toContain('key');
  });

  test('one that does not exist cannot be used', () => {
    expect(build(undefined).providers.find('mistral')).toContain('does not exist');
  });

  test('the key is opened each time that a request is sent', () => {
    const { bed, providers } = build(row());
    providers.find('claude');
    const credential = bed.made[0]?.credential;
    const before = bed.opened;
    bed.key = 'sk-rotated';
    expect(credential).toMatchObject({ kind: 'key', value: 'sk-rotated' });
    expect(bed.opened).toBeGreaterThan(before);
  });

  test('a provider is made once a version of its row, and again for another configuration', () => {
    const { bed, providers, again } = build(row());
    expect(providers.find('claude')).toBe(providers.find('claude'));
    bed.row = row({ version: '2' });
    providers.find('claude');
    expect([bed.made.length, bed.closed]).toEqual([2, 1]);
    again();
    providers.find('claude');
    expect([bed.made.length, bed.closed]).toEqual([3, 2]);
    providers.close();
    expect(bed.closed).toBe(3);
  });
});
