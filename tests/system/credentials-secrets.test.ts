import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { tempFolder } from '../setup/temp-folder.ts';
import { credentialsBed, type Shown } from './credentials-bed.ts';
import { startUpstream } from './upstream.ts';

/** Of four forms: a key as providers make them, one without any sign of being a key, a short one, one that is refused. */
const KEYS = ['sk-proj-canaryAbCdEfGh0001', 'canaryplainwords0002', 'canary03', 'canary 04'];

test('no key is in an answer, a log, a metric, the audit log or the database', async () => {
  const upstream = await startUpstream((response, seen) => {
    const key = seen.headers.authorization ?? '';
    response.writeHead(401, { 'content-type': 'application/json', 'x-echo': key });
    response.end(JSON.stringify({ error: { message: `Incorrect API key provided: ${key}`, code: 'invalid_api_key' } }));
  });
  onTestFinished(() => upstream[Symbol.asyncDispose]());
  const folder = tempFolder('credentials');
  const { bed, call, callers } = await credentialsBed({
    config: {
      log: { level: 'trace' },
      database: { url: join(folder, 'keys.db') },
      credentials: { unique: 'provider_model' },
      providers: { openai: { base_url: upstream.baseURL } },
    },
  });
  const seen: string[] = [];
  let stored = 0;
  const ask = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const { text, headers, json } = await call(callers.ada, method, `/llm-credentials${path}`, body);
    seen.push(text, JSON.stringify(headers));
    return json;
  };
  for (const [index, api_key] of KEYS.entries()) {
    const body = { provider: 'openai', api_key, model_name: `m${index}` };
    const made = (await ask('POST', '', body)) as Shown;
    await ask('POST', '', body);
    await ask('POST', '', JSON.stringify(body).slice(0, -1));
    await ask('POST', '', { ...body, provider: api_key });
    await ask('POST', '', { ...body, is_default: api_key });
    await ask('POST', '/validate', body);
    await ask('POST', '/validate', { credential_id: api_key });
    if (made.id === undefined) continue;
    stored += 1;
    await ask('POST', '/validate', { credential_id: made.id });
    await ask('PATCH', `/${made.id}`, { api_key: `${api_key}again` });
    await ask('PATCH', `/${made.id}`, { api_key, provider: api_key });
    await ask('GET', '?include_inactive=true');
    if (index > 0) await ask('DELETE', `/${made.id}`);
  }
  expect(stored).toBe(3);
  expect(upstream.requests).not.toEqual([]);
  for (const path of ['/stats', '/metrics', '/api/governance/debug/counters', '/api/governance/usage?group_by=model']) {
    seen.push(await (await fetch(bed.url + path)).text());
  }
  expect(seen.join('\n')).not.toContain('canary');
  expect(bed.log()).not.toContain('canary');
  // Rows of the ledger are written behind the requests.
  await bed.app.close();
  const files = readdirSync(folder);
  expect(files).toContain('keys.db');
  for (const file of files) {
    const bytes = readFileSync(join(folder, file));
    for (const key of ['canary', Buffer.from('sk-proj-canary').toString('base64').slice(0, 16)]) {
      expect(bytes.includes(key), file).toBe(false);
    }
  }
});
