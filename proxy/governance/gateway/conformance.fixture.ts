import { expect, test } from 'vitest';
import { DetailFault } from '../../core/detail-fault.ts';
import type { DatabaseAddress } from '../../database/address.ts';
import type { CredentialDirectory, CredentialEntry } from '../credentials/types.ts';
import { governanceBed } from '../governance.fixture.ts';

type Place = () => Promise<DatabaseAddress>;

const KEY = 'provider-key-canary-0001';
const PROVIDER = {
  name: 'claude',
  displayName: 'Claude',
  apiKey: KEY,
  baseUrl: null,
  models: ['claude-sonnet-4-5'],
  isEnabled: true,
  rpm: 60,
  tpm: 100_000,
  priority: 10,
  extraConfig: {},
};

function keyOf(directory: CredentialDirectory, id: string): CredentialEntry {
  const entry = directory.ofProvider(id);
  if (entry === undefined) throw new Error('the directory does not have it');
  return entry;
}

async function refusal(work: Promise<unknown>): Promise<unknown> {
  const error = await work.catch((reason: unknown) => reason);
  return error instanceof DetailFault ? error.status : error;
}

/** What stores and the directory of stored providers and overrides do over both databases. */
export function gatewayConformance(place: Place): void {
  providers(place);
  overrides(place);
}

function providers(place: Place): void {
  test('a provider has its key beside it, in one transaction; a second one of the name is refused', async () => {
    const bed = await governanceBed({ address: await place() });
    const { providers: store, directory, gateway } = bed.governance.providerKeys;
    const made = await store.create(PROVIDER, 'service');
    expect(made).toEqual({
      id: expect.any(String),
      name: 'claude',
      display_name: 'Claude',
      base_url: null,
      models: ['claude-sonnet-4-5'],
      is_enabled: true,
      rate_limit_rpm: 60,
      rate_limit_tpm: 100_000,
      priority: 10,
      extra_config: {},
      created_at: expect.any(String),
      updated_at: made.created_at,
    });
    const entry = keyOf(directory, made.id);
    expect([directory.open(entry), entry.provider, entry.ownerKind]).toEqual([KEY, 'anthropic', 'system']);
    expect(gateway.provider('anthropic')).toBe(gateway.provider('claude'));
    const results = await Promise.all(Array.from({ length: 5 }, () => refusal(store.create(PROVIDER, 'service'))));
    expect(results).toEqual(results.map(() => 409));
    const first = await store.create({ ...PROVIDER, name: 'openai', priority: 1 }, 'service');
    expect((await store.list()).map(({ name }) => name)).toEqual(['openai', 'claude']);
    expect(gateway.providers().map(({ id }) => id)).toEqual([first.id, made.id]);
    await bed.close();
  });

  test('a change, a new key and a deletion act at another replica', async () => {
    const address = await place();
    const [bed, other] = await Promise.all([governanceBed({ address }), governanceBed({ address })]);
    const { providers: store } = bed.governance.providerKeys;
    const { directory, gateway } = other.governance.providerKeys;
    const anyway = (): void => undefined;
    const made = await store.create(PROVIDER, 'service');
    await other.governance.refresh();
    const version = gateway.provider('claude')?.version;
    expect(await store.update(made.id, {}, 'service', anyway)).toEqual(made);
    const changed = await store.update(made.id, { isEnabled: false, models: [] }, 'service', anyway);
    expect(changed).toEqual({ ...made, is_enabled: false, models: [], updated_at: changed.updated_at });
    const asked: unknown[] = [];
    const refuse = (stored: object): void => {
      asked.push(stored);
      throw new Error('not permitted');
    };
    await expect(store.update(made.id, { baseUrl: 'https://elsewhere.example' }, 'service', refuse)).rejects.toThrow(
      'not permitted',
    );
    expect(asked).toMatchObject([{ name: 'claude', base_url: made.base_url }]);
    expect(await store.get(made.id)).toEqual(changed);
    await store.update(made.id, { apiKey: 'another-key-of-it' }, 'service', anyway);
    await other.governance.refresh();
    expect(gateway.provider('claude')).toMatchObject({ isEnabled: false, models: [] });
    expect(gateway.provider('claude')?.version).not.toBe(version);
    expect(directory.open(keyOf(directory, made.id))).toBe('another-key-of-it');
    const refused = store.update(made.id, { apiKey: 'stolen' }, 'service', () => {
      throw new DetailFault(422, 'no');
    });
    expect(await refusal(refused)).toBe(422);
    await store.remove(made.id, 'service');
    await other.governance.refresh();
    expect([gateway.provider('claude'), directory.ofProvider(made.id), directory.size]).toEqual([
      undefined,
      undefined,
      0,
    ]);
    expect(await Promise.all([store.get(made.id), store.remove(made.id, 's')].map(refusal))).toEqual([404, 404]);
    const rows = await bed.database.kysely.selectFrom('llmproxy_credentials').selectAll().execute();
    expect(rows).toEqual([]);
    const audit = await bed.database.kysely.selectFrom('llmproxy_audit').selectAll().orderBy('seq').execute();
    expect(audit.map(({ action }) => action)).toEqual(['create', 'update', 'update', 'delete']);
    expect(JSON.stringify(audit.map(({ before, after }) => [before, after]))).not.toMatch(/canary|sealed|another-key/);
    await Promise.all([bed.close(), other.close()]);
  });
}

function overrides(place: Place): void {
  test('the one of user and service goes before the one of all services; a second one replaces the first', async () => {
    const address = await place();
    const [bed, other] = await Promise.all([governanceBed({ address }), governanceBed({ address })]);
    const { overrides: store } = bed.governance.providerKeys;
    const { gateway } = other.governance.providerKeys;
    const override = { userId: 'u', serviceName: null, providerName: 'openai', modelName: 'gpt-4o' };
    const all = await store.create(override, 's');
    const one = await store.create({ ...override, serviceName: 'chat', modelName: 'gpt-4o-mini' }, 's');
    expect(all).toEqual({
      id: expect.any(String),
      user_id: 'u',
      service_name: null,
      provider_name: 'openai',
      model_name: 'gpt-4o',
      created_at: expect.any(String),
      updated_at: all.created_at,
    });
    await other.governance.refresh();
    const model = (user: string, service: string): unknown => gateway.override(user, service)?.model;
    expect([model('u', 'chat'), model('u', 'other'), model('v', 'chat')]).toEqual(['gpt-4o-mini', 'gpt-4o', undefined]);
    const again = await store.create({ ...override, serviceName: 'chat', providerName: 'claude', modelName: 'c' }, 's');
    expect([again.id, again.created_at]).toEqual([one.id, one.created_at]);
    expect(again.updated_at > one.updated_at).toBe(true);
    await other.governance.refresh();
    expect(gateway.override('u', 'chat')).toMatchObject({ provider: 'claude', model: 'c', service: 'chat' });
    expect((await store.list('u')).map(({ id }) => id).toSorted()).toEqual([all.id, one.id].toSorted());
    expect([await store.list('v'), (await store.list(undefined)).length]).toEqual([[], 2]);
    await store.remove(one.id, 's');
    expect(await refusal(store.remove(one.id, 's'))).toBe(404);
    await other.governance.refresh();
    expect(model('u', 'chat')).toBe('gpt-4o');
    const third = await governanceBed({ address });
    expect(third.governance.providerKeys.gateway.override('u', 'chat')).toEqual(gateway.override('u', 'chat'));
    await Promise.all([bed.close(), other.close(), third.close()]);
  });
}
