import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { tempFolder } from '../setup/temp-folder.ts';
import { startApp } from './bed.ts';
import { errorOf, send } from './http.ts';
import { BOBS, OWN, ownBed } from './own-credentials-bed.ts';

test('a row that does not open is 500 for its user until the key is stored again; all others work', async () => {
  const path = join(tempFolder('unreadable'), 'keys.db');
  const { bed, store, callers, upstream } = await ownBed({ config: { database: { url: path } } });
  const { id } = await store(callers.ada, { provider: 'openai', api_key: OWN });
  await store(callers.bob, { provider: 'openai', api_key: BOBS });
  await bed.app.close();
  const database = new DatabaseSync(path);
  database.prepare("update llmproxy_credentials set sealed_key = 'v1:another1:AAAA' where id = ?").run(id);
  database.close();
  const models = {
    'gpt-4o-mini': { endpoints: [{ provider: 'openai', base_url: upstream.baseURL, api_key: 'sk-op' }] },
  };
  const lines: string[] = [];
  const app = await startApp({ database: { url: path }, auth: { admin: 'open' }, models }, (line) => lines.push(line));
  onTestFinished(() => app.close());
  const chat = (key: string, credential?: string) =>
    send(`${app.url}/v1/chat/completions`, {
      headers: {
        authorization: `Bearer ${key}`,
        ...(credential === undefined ? {} : { 'x-llmproxy-credential': credential }),
      },
      body: { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'hello' }] },
    });
  for (const credential of [undefined, id]) {
    const answer = await chat(callers.ada, credential);
    expect([answer.status, errorOf(answer)['code']]).toEqual([500, 'credential_unreadable']);
  }
  expect((await chat(callers.bob)).status).toBe(200);
  expect((await chat(callers.ada, 'system')).status).toBe(200);
  expect(upstream.keys()).toEqual([BOBS, 'sk-op']);
  expect(lines.filter((line) => line.includes('cannot be decrypted') || line.includes('does not open'))).toHaveLength(
    1,
  );
  const again = await send(`${app.url}/api/v1/users/me/llm-credentials/${id}`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${callers.ada}` },
    body: { api_key: 'sk-stored-again-0001' },
  });
  expect(again.status).toBe(200);
  expect((await chat(callers.ada)).status).toBe(200);
  expect(upstream.keys().at(-1)).toBe('sk-stored-again-0001');
});
