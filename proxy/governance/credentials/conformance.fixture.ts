import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { DetailFault } from '../../core/detail-fault.ts';
import { Secret } from '../../core/secret.ts';
import type { DatabaseAddress } from '../../database/address.ts';
import { governanceBed, MASTER, textOf, type BedOptions, type GovernanceBed } from '../governance.fixture.ts';
import { reseal } from '../reseal.ts';
import { ValueSeal } from '../value-seal.ts';
import type { CredentialChange, CredentialOwner, CredentialStore, CredentialView } from './credential-store.ts';
import { sealedFor } from './stored-credential.ts';
import type { CredentialDirectory, CredentialEntry } from './types.ts';

type Place = () => Promise<DatabaseAddress>;

const KEY = 'provider-key-canary-0001';
const MODEL = { modelName: null, isDefault: false };

interface CredentialsBed {
  readonly bed: GovernanceBed;
  readonly store: CredentialStore;
  readonly ada: CredentialOwner;
  readonly bob: CredentialOwner;
  readonly add: (owner: CredentialOwner, provider: string, fields?: object) => Promise<CredentialView>;
}

async function credentialsBed(options: BedOptions): Promise<CredentialsBed> {
  const bed = await governanceBed(options);
  const ownerOf = async (name: string): Promise<CredentialOwner> => {
    const user = await bed.governance.store.create('user', { name }, 'a');
    return { userId: textOf(user, 'id'), actor: name };
  };
  const { store } = bed.governance.providerKeys;
  return {
    bed,
    store,
    ada: await ownerOf('ada'),
    bob: await ownerOf('bob'),
    add: (owner, provider, fields = {}) => store.create(owner, { provider, apiKey: KEY, ...MODEL, ...fields }),
  };
}

async function refusal(work: Promise<unknown>): Promise<unknown> {
  const error = await work.catch((reason: unknown) => reason);
  return error instanceof DetailFault ? [error.status, error.detail] : error;
}

function held(directory: CredentialDirectory, id: string): CredentialEntry {
  const entry = directory.find(id);
  if (entry === undefined) throw new Error('the directory does not have it');
  return entry;
}

function oneOf(stores: readonly CredentialStore[], index: number): CredentialStore {
  const store = stores[index % stores.length];
  if (store === undefined) throw new Error('there is no store');
  return store;
}

const MISSING = [404, 'Credential not found'];
const INACTIVE = [400, 'Credential is inactive'];
const DUPLICATE = [400, 'An active credential for this provider already exists'];

/** What stores and directories of users' keys do over both databases. `place` gives an empty database. */
export function credentialsConformance(place: Place): void {
  contract(place);
  places(place);
  concurrency(place);
  replicas(place);
  secrecy(place);
  resealing(place);
  uses(place);
}

function contract(place: Place): void {
  test('a credential is shown with ten members and a mask, the oldest first', async () => {
    const { bed, store, ada, add } = await credentialsBed({ address: await place() });
    const first = await add(ada, 'openai', { modelName: 'gpt-4o' });
    const second = await add(ada, 'anthropic', { apiKey: 'elevenchars', isDefault: true });
    expect(first).toEqual({
      id: expect.stringMatching(/^[\da-f-]{36}$/),
      user_id: ada.userId,
      provider: 'openai',
      model_name: 'gpt-4o',
      api_key_masked: '****0001',
      is_default: false,
      is_active: true,
      last_validated_at: null,
      created_at: expect.stringMatching(/Z$/),
      updated_at: first.created_at,
    });
    expect([second.api_key_masked, second.is_default]).toEqual(['****', true]);
    expect(await store.list(ada, { includeInactive: false })).toEqual([first, second]);
    expect(await store.get(ada, first.id)).toEqual(first);
    await bed.close();
  });

  test('changes: null clears a model, a new key its validation; times move; another user has nothing of it', async () => {
    const { bed, store, ada, bob, add } = await credentialsBed({ address: await place() });
    const { providerKeys } = bed.governance;
    const made = await add(ada, 'openai', { modelName: 'gpt-4o' });
    await store.stampValidated(held(providerKeys.directory, made.id), 'ada');
    const validated = await store.get(ada, made.id);
    expect(validated.last_validated_at).toBe(new Date(bed.clock.now()).toISOString());
    const changed = await store.update(ada, made.id, { apiKey: 'another-key-of-ada-0002', modelName: null });
    expect(changed).toEqual({
      ...made,
      model_name: null,
      api_key_masked: '****0002',
      updated_at: expect.not.stringMatching(made.updated_at) as unknown,
    });
    expect(changed.updated_at > made.updated_at).toBe(true);
    const answers = [
      store.get(bob, made.id),
      store.update(bob, made.id, { isActive: false }),
      store.setDefault(bob, made.id),
      store.remove(bob, made.id),
      store.get(bob, '00000000-0000-4000-8000-000000000000'),
    ];
    expect(await Promise.all(answers.map(refusal))).toEqual(answers.map(() => MISSING));
    expect(await store.get(ada, made.id)).toEqual(changed);
    await bed.close();
  });

  test('an inactive credential is only there to be activated, which a duplicate forbids', async () => {
    const { bed, store, ada, add } = await credentialsBed({ address: await place() });
    const made = await add(ada, 'openai', { isDefault: true });
    const off = await store.update(ada, made.id, { isActive: false });
    expect([off.is_active, off.is_default]).toEqual([false, false]);
    const refused: [() => Promise<unknown>, unknown][] = [
      [() => store.get(ada, made.id), MISSING],
      [() => store.update(ada, made.id, { modelName: 'x' }), INACTIVE],
      [() => store.update(ada, made.id, {}), INACTIVE],
      [() => store.setDefault(ada, made.id), INACTIVE],
    ];
    for (const [work, expected] of refused) expect(await refusal(work())).toEqual(expected);
    expect(await store.list(ada, { includeInactive: false })).toEqual([]);
    expect(await store.list(ada, { includeInactive: true })).toEqual([off]);
    const other = await add(ada, 'openai');
    expect(await refusal(store.update(ada, made.id, { isActive: true }))).toEqual(DUPLICATE);
    await store.remove(ada, other.id);
    const on = await store.update(ada, made.id, { isActive: true, isDefault: true });
    expect([on.is_active, on.is_default]).toEqual([true, true]);
    expect(await refusal(store.update(ada, made.id, { isActive: false, isDefault: true }))).toEqual(INACTIVE);
    await bed.close();
  });
}

function places(place: Place): void {
  test('one for each provider, or for each provider and model, whatever the setting was before', async () => {
    let unique: 'provider' | 'provider_model' = 'provider';
    const { bed, store, ada, bob, add } = await credentialsBed({ address: await place(), unique: () => unique });
    const plain = await add(ada, 'openai', { modelName: 'a' });
    expect(await refusal(add(ada, 'openai', { modelName: 'b' }))).toEqual(DUPLICATE);
    await add(bob, 'openai');
    unique = 'provider_model';
    expect(await refusal(add(ada, 'openai', { modelName: 'a' }))).toEqual(DUPLICATE);
    const other = await add(ada, 'openai', { modelName: 'b' });
    await add(ada, 'openai');
    expect(await refusal(add(ada, 'openai'))).toEqual(DUPLICATE);
    expect(await refusal(store.update(ada, other.id, { modelName: 'a' }))).toEqual(DUPLICATE);
    expect(await refusal(store.update(ada, other.id, { modelName: null }))).toEqual(DUPLICATE);
    unique = 'provider';
    const change: CredentialChange = { modelName: 'c', isDefault: true };
    expect(await store.update(ada, plain.id, change)).toMatchObject({ model_name: 'c', is_default: true });
    expect(await refusal(add(ada, 'openai', { modelName: 'd' }))).toEqual(DUPLICATE);
    await bed.close();
  });

  test('what is deleted is gone at once: its key, its place, its default', async () => {
    const { bed, store, ada, add } = await credentialsBed({ address: await place() });
    const made = await add(ada, 'openai', { isDefault: true });
    await store.remove(ada, made.id);
    expect(await refusal(store.remove(ada, made.id))).toEqual(MISSING);
    const [row] = await bed.database.kysely.selectFrom('llmproxy_credentials').selectAll().execute();
    expect(row).toMatchObject({ sealed_key: '', slot: null, is_default: false, deleted_at: expect.any(String) });
    expect(bed.governance.providerKeys.directory.find(made.id)).toBeUndefined();
    await add(ada, 'openai', { isDefault: true });
    expect(await store.list(ada, { includeInactive: true })).toHaveLength(1);
    await bed.close();
  });

  test('a user who is deleted takes their keys along', async () => {
    const { bed, store, ada, bob, add } = await credentialsBed({ address: await place() });
    await add(ada, 'openai');
    await add(ada, 'anthropic');
    const kept = await add(bob, 'openai');
    await bed.governance.store.remove('user', ada.userId, 'root');
    const rows = await bed.database.kysely
      .selectFrom('llmproxy_credentials')
      .select(['owner_id', 'sealed_key'])
      .execute();
    expect(rows.filter(({ sealed_key: sealed }) => sealed !== '').map(({ owner_id: id }) => id)).toEqual([bob.userId]);
    expect(bed.governance.providerKeys.directory.ofUser(ada.userId)).toEqual([]);
    expect(bed.governance.providerKeys.directory.ofUser(bob.userId).map(({ id }) => id)).toEqual([kept.id]);
    expect(await refusal(store.create(ada, { provider: 'openai', apiKey: KEY, ...MODEL }))).toEqual([
      401,
      'Not authenticated',
    ]);
    await bed.close();
  });
}

function concurrency(place: Place): void {
  test('of ten equal creations at two replicas one succeeds; ten defaults leave one', async () => {
    const address = await place();
    const { bed, store, ada, add } = await credentialsBed({ address });
    const other = await governanceBed({ address });
    const stores = [store, other.governance.providerKeys.store];
    const created = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        refusal(oneOf(stores, index).create(ada, { provider: 'openai', apiKey: KEY, ...MODEL, isDefault: true })),
      ),
    );
    expect(created.filter(Array.isArray)).toEqual(Array.from({ length: 9 }, () => DUPLICATE));
    const names = Array.from({ length: 9 }, (_, index) => `provider-${index}`);
    const made = [];
    for (const name of names) made.push(await add(ada, name, { isDefault: true }));
    await Promise.all(made.map(({ id }, index) => oneOf(stores, index).setDefault(ada, id)));
    const all = await store.list(ada, { includeInactive: true });
    expect(all).toHaveLength(10);
    expect(all.filter(({ is_default: isDefault }) => isDefault)).toHaveLength(1);
    await Promise.all([bed.close(), other.close()]);
  });
}

function replicas(place: Place): void {
  test('another replica, and one that starts, see every change, a new key included', async () => {
    const address = await place();
    const { bed, store, ada, add } = await credentialsBed({ address });
    const other = await governanceBed({ address });
    const { directory } = other.governance.providerKeys;
    const oldest = await add(ada, 'openai');
    const best = await add(ada, 'anthropic', { isDefault: true });
    other.clock.advance(500);
    await expect.poll(() => directory.ofUser(ada.userId).map(({ id }) => id)).toEqual([best.id, oldest.id]);
    const entry = held(directory, oldest.id);
    expect(directory.open(entry)).toBe(KEY);
    await store.update(ada, oldest.id, { apiKey: 'rotated-key-of-ada', isDefault: true });
    other.clock.advance(500);
    await expect.poll(() => directory.open(held(directory, oldest.id))).toBe('rotated-key-of-ada');
    expect(directory.ofUser(ada.userId).map(({ id, isDefault }) => [id, isDefault])).toEqual([
      [oldest.id, true],
      [best.id, false],
    ]);
    expect(directory.open(entry)).toBe(KEY);
    const third = await governanceBed({ address });
    expect(third.governance.providerKeys.directory.ofUser(ada.userId)).toEqual(directory.ofUser(ada.userId));
    await store.remove(ada, best.id);
    await other.governance.refresh();
    expect(directory.find(best.id)).toBeUndefined();
    await Promise.all([bed.close(), other.close(), third.close()]);
  });
}

function secrecy(place: Place): void {
  test('after another master key a credential does not open, can be replaced, and others work', async () => {
    const address = await place();
    const one = await credentialsBed({ address });
    const made = await one.add(one.ada, 'openai');
    await one.bed.close();
    const unreadable: string[] = [];
    const bed = await governanceBed({
      address,
      master: 'another master key, as long as it has to be',
      onUnreadable: ({ id }) => void unreadable.push(id),
    });
    const { directory, store } = bed.governance.providerKeys;
    const open = (id: string): string | undefined => directory.open(held(directory, id));
    expect([open(made.id), open(made.id)]).toEqual([undefined, undefined]);
    bed.clock.advance(3_600_000);
    expect(open(made.id)).toBeUndefined();
    expect(unreadable).toEqual([made.id, made.id]);
    expect(await store.get(one.ada, made.id)).toEqual(made);
    const other = await store.create(one.bob, { provider: 'openai', apiKey: KEY, ...MODEL });
    expect(open(other.id)).toBe(KEY);
    await store.update(one.ada, made.id, { apiKey: 'stored-once-more-0003' });
    expect(open(made.id)).toBe('stored-once-more-0003');
    await bed.close();
  });

  test('a row that is copied to another user, provider or id does not open', async () => {
    const { bed, ada, bob, add } = await credentialsBed({ address: await place() });
    const { directory } = bed.governance.providerKeys;
    const entry = held(directory, (await add(ada, 'openai')).id);
    const copies = [{ ownerId: bob.userId }, { provider: 'anthropic' }, { id: 'x' }, { ownerKind: 'system' as const }];
    expect(copies.map((changed) => directory.open({ ...entry, ...changed }))).toEqual(copies.map(() => undefined));
    expect(directory.open(entry)).toBe(KEY);
    await bed.close();
  });

  test('neither key nor seal nor mask is in the audit log, and no table has the key', async () => {
    const { bed, store, ada, add } = await credentialsBed({ address: await place() });
    const { directory, use } = bed.governance.providerKeys;
    const made = await add(ada, 'openai', { isDefault: true });
    const sealed = [held(directory, made.id).sealedKey];
    await store.update(ada, made.id, { apiKey: `${KEY}-new`, modelName: 'm' });
    sealed.push(held(directory, made.id).sealedKey);
    await store.stampValidated(held(directory, made.id), 'ada', false);
    use.refused(held(directory, made.id), bed.clock.now());
    await use.close();
    const second = await add(ada, 'anthropic');
    await store.setDefault(ada, second.id);
    await store.remove(ada, made.id);
    const audit = await bed.database.kysely
      .selectFrom('llmproxy_audit')
      .selectAll()
      .where('user_id', '=', ada.userId)
      .orderBy('seq')
      .execute();
    expect(audit.map(({ actor, action, entity_id: id }) => [actor, action, id === made.id])).toEqual([
      ['ada', 'create', true],
      ['ada', 'update', true],
      ['ada', 'validate', true],
      ['proxy', 'use_refused', true],
      ['ada', 'create', false],
      ['ada', 'update', true],
      ['ada', 'default', false],
      ['ada', 'delete', true],
    ]);
    const text = JSON.stringify(audit.map(({ before, after }) => [before, after]));
    expect(text).not.toMatch(/sealed|mask|\*\*\*\*|digest/);
    for (const secret of [KEY, ...sealed]) expect(text).not.toContain(secret);
    for (const table of ['credentials', 'audit', 'meta', 'users']) {
      const { rows } = await sql.raw(`select * from llmproxy_${table}`).execute(bed.database.kysely);
      expect(JSON.stringify(rows, (_name, value: unknown) => (typeof value === 'bigint' ? '' : value))).not.toContain(
        KEY,
      );
    }
    await bed.close();
  });
}

function resealing(place: Place): void {
  test('values are sealed under another master key all at once, and a second time nothing changes', async () => {
    const { bed, ada, add } = await credentialsBed({ address: await place() });
    const made = await add(ada, 'openai');
    const key = await bed.governance.store.create('virtual_key', { name: 'k' }, 'a');
    const [from, to, lost] = [MASTER, 'another', 'a third'].map((text) => new ValueSeal(new Secret(text)));
    if (from === undefined || to === undefined || lost === undefined) throw new Error('there is no seal');
    const options = { from, to, skipUnreadable: false };
    await expect(reseal(bed.database, { ...options, from: lost })).rejects.toMatchObject({
      rows: [
        { what: 'credential', id: made.id },
        { what: 'virtual key', id: textOf(key, 'id') },
      ],
    });
    const nothing = { credentials: 0, virtualKeys: 0, unchanged: 0, unreadable: [] };
    expect(await reseal(bed.database, options)).toEqual({ ...nothing, credentials: 1, virtualKeys: 1 });
    expect(await reseal(bed.database, options)).toEqual({ ...nothing, unchanged: 2 });
    const row = await bed.database.kysely.selectFrom('llmproxy_credentials').selectAll().executeTakeFirstOrThrow();
    expect([from.open(sealedFor(row), row.sealed_key), to.open(sealedFor(row), row.sealed_key)]).toEqual([
      undefined,
      KEY,
    ]);
    await bed.close();
  });
}

function uses(place: Place): void {
  test('what an endpoint takes is stamped once a minute, what one refuses recorded; never for another key', async () => {
    const { bed, store, ada, add } = await credentialsBed({ address: await place() });
    const { directory, use } = bed.governance.providerKeys;
    const { clock } = bed;
    const made = await add(ada, 'openai');
    const stamped = async (): Promise<string | null> => (await store.get(ada, made.id)).last_validated_at;
    const entry = held(directory, made.id);
    const first = clock.now();
    use.accepted(entry, first);
    clock.advance(1_000);
    use.accepted(entry, clock.now());
    await expect.poll(stamped).toBe(new Date(first).toISOString());
    clock.advance(59_000);
    use.accepted(entry, clock.now());
    clock.advance(1_000);
    await expect.poll(stamped).toBe(new Date(first + 60_000).toISOString());
    const { updated_at: updated } = await store.update(ada, made.id, { apiKey: 'another-key-of-ada' });
    clock.advance(60_000);
    use.accepted(entry, clock.now());
    use.refused(entry, clock.now());
    use.refused(entry, clock.now());
    await use.close();
    expect(await store.get(ada, made.id)).toMatchObject({ last_validated_at: null, updated_at: updated });
    const refused = await bed.database.kysely
      .selectFrom('llmproxy_audit')
      .select(['user_id', 'entity_id'])
      .where('action', '=', 'use_refused')
      .execute();
    expect(refused).toEqual([{ user_id: ada.userId, entity_id: made.id }]);
    await bed.close();
  });
}
