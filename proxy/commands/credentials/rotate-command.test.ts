import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tempFolder } from '../../../tests/setup/temp-folder.ts';
import type { DatabaseAddress } from '../../database/address.ts';
import { governanceBed, textOf, type GovernanceBed } from '../../governance/governance.fixture.ts';
import type { RotateSealsOptions } from './options.ts';
import { rotateSeals } from './rotate-command.ts';

const OLD = 'a master key of an older version, which was any text';
const NEW = '0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0';
const KEY = 'provider-key-canary-0001';

interface Place {
  readonly address: DatabaseAddress;
  readonly run: (
    options?: Partial<RotateSealsOptions>,
    isTTY?: boolean,
  ) => Promise<{ code: number; out: string; err: string }>;
}

function newPlace(): Place {
  const folder = tempFolder('rotate');
  writeFileSync(
    join(folder, 'llmproxy.yaml'),
    'database:\n  url: sqlite:here.db\nmodels:\n  m:\n    endpoints: [{ provider: mock }]\n',
  );
  writeFileSync(join(folder, 'new.key'), `${NEW}\n`);
  return {
    address: { kind: 'sqlite', path: join(folder, 'here.db') },
    run: async (options = {}, isTTY = false) => {
      let [out, err, now] = ['', '', 0];
      const code = await rotateSeals(
        { from: 'env:OLD_KEY', to: 'file:new.key', ...options },
        {
          environment: { OLD_KEY: OLD, SHORT: 'short', EMPTY: '' },
          folder,
          out: { write: (text) => (out += text) },
          err: { write: (text) => (err += text), isTTY },
        },
        // Each look at the clock is a second later.
        () => (now += 1_000),
      );
      return { code, out, err };
    },
  };
}

interface Filled {
  readonly userId: string;
  readonly credential: string;
  readonly provider: string;
  readonly virtualKey: string;
  readonly value: string;
}

async function filled(bed: GovernanceBed): Promise<Filled> {
  const { store, providerKeys } = bed.governance;
  const user = await store.create('user', { name: 'u' }, 'a');
  const owner = { userId: textOf(user, 'id'), actor: 'a' };
  const credential = { provider: 'openai', apiKey: KEY, modelName: null, isDefault: false };
  const { id } = await providerKeys.store.create(owner, credential);
  const gone = await providerKeys.store.create(owner, { ...credential, provider: 'anthropic' });
  await providerKeys.store.remove(owner, gone.id);
  const provider = await providerKeys.providers.create(
    {
      name: 'claude',
      displayName: 'Claude',
      apiKey: `${KEY}-system`,
      baseUrl: null,
      models: [],
      isEnabled: true,
      rpm: 1,
      tpm: 1,
      priority: 1,
      extraConfig: {},
    },
    'a',
  );
  const key = await store.create('virtual_key', { name: 'k' }, 'a');
  return {
    userId: owner.userId,
    credential: id,
    provider: provider.id,
    virtualKey: textOf(key, 'id'),
    value: textOf(key, 'value'),
  };
}

/** What opens with this master key. */
async function opened(address: DatabaseAddress, master: string, { credential, provider, virtualKey }: Filled) {
  const bed = await governanceBed({ address, master });
  const { directory } = bed.governance.providerKeys;
  const keys = [directory.find(credential), directory.ofProvider(provider)].map(
    (entry) => entry && directory.open(entry),
  );
  const { value } = await bed.governance.store.get('virtual_key', virtualKey);
  await bed.close();
  return [...keys, value];
}

test('a terminal sees how many rows were read, and nothing of it stays', async () => {
  const { address, run } = newPlace();
  const bed = await governanceBed({ address, master: OLD });
  await filled(bed);
  await bed.close();
  const { code, err } = await run({}, true);
  expect([code, err.split('\r\u001B[2K').slice(1)]).toEqual([0, ['1 rows read', '2 rows read', '3 rows read', '']]);
});

test('every sealed value opens with the new master key, and a second time changes nothing', async () => {
  const { address, run } = newPlace();
  const bed = await governanceBed({ address, master: OLD });
  const made = await filled(bed);
  await bed.close();
  expect(await run()).toEqual({
    code: 0,
    out: '2 credentials and 1 virtual keys are sealed with the new master key, 0 were already.\n',
    err: '',
  });
  expect(await opened(address, NEW, made)).toEqual([KEY, `${KEY}-system`, made.value]);
  expect(await opened(address, OLD, made)).toEqual([undefined, undefined, null]);
  const again = await run({ json: true });
  expect(JSON.parse(again.out)).toEqual({ credentials: 0, virtual_keys: 0, unchanged: 3, unreadable: [] });
});

test('a row that neither key opens stops everything, or is left as it is', async () => {
  const { address, run } = newPlace();
  const other = await governanceBed({ address, master: 'a third master key, which is lost for ever' });
  const lost = await filled(other);
  await other.close();
  const bed = await governanceBed({ address, master: OLD });
  const { store } = bed.governance.providerKeys;
  const owner = { userId: lost.userId, actor: 'a' };
  await store.update(owner, lost.credential, { apiKey: KEY });
  await bed.close();
  const refused = await run();
  expect(refused).toMatchObject({ code: 1, out: '' });
  expect(refused.err).toContain('nothing was changed');
  expect(refused.err).toContain(`virtual key ${lost.virtualKey}`);
  expect(await opened(address, OLD, lost)).toEqual([KEY, undefined, null]);
  const done = await run({ skipUnreadable: true });
  expect(done.code).toBe(0);
  expect(done.out).toBe(
    '1 credentials and 0 virtual keys are sealed with the new master key, 0 were already, 2 could not be opened.\n',
  );
  expect(done.err).toContain(lost.virtualKey);
  expect(await opened(address, NEW, lost)).toEqual([KEY, undefined, null]);
});

test('a key on the command line works with a warning, which does not show it', async () => {
  const { address, run } = newPlace();
  await (await governanceBed({ address, master: OLD })).close();
  const { code, out, err } = await run({ from: OLD, to: NEW });
  expect([code, out]).toEqual([0, expect.stringContaining('0 credentials')]);
  expect(err.split('\n').filter((line) => line.startsWith('warning: '))).toHaveLength(2);
  for (const secret of [OLD, NEW]) expect(out + err).not.toContain(secret);
});

test.each([
  [{ to: 'env:SHORT' }, '--to is not a secret of 32 bytes'],
  [{ to: 'env:EMPTY' }, '--to names an empty secret'],
  [{ from: 'env:NOWHERE' }, 'the variable NOWHERE, which is not set'],
  [{ to: 'file:nowhere.key' }, 'cannot be read (ENOENT)'],
  [{}, 'there is no database at here.db'],
])('%j is refused in words: %s', async (options, sentence) => {
  const { code, err, out } = await newPlace().run(options);
  expect([code, out]).toEqual([1, '']);
  expect(err).toContain(sentence);
});
