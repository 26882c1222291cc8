import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { tempFolder } from '../setup/temp-folder.ts';
import { read } from './credentials-bed.ts';
import { storedBed } from './gateway-stored-bed.ts';
import { send } from './http.ts';
import { startUpstream } from './upstream.ts';

const SERVICE = 'canary-service-key-0001';
/** As providers make them, and without any sign of being a key. */
const KEYS = { openai: 'sk-proj-canaryAbCdEfGh0002', claude: 'canaryplainwords0003' };
const MODELS: Readonly<Record<string, string>> = { openai: 'gpt-4o-mini', claude: 'claude-sonnet-4-5-20250929' };

test('neither a stored key nor the one of the services is in an answer, a log, the audit log, the ledger or the database', async () => {
  const echo = await startUpstream((response, seen) => {
    const key = String(seen.headers.authorization ?? seen.headers['x-api-key']);
    response.writeHead(401, { 'content-type': 'application/json', 'x-echo': key });
    response.end(JSON.stringify({ error: { message: `Incorrect API key provided: ${key}`, code: 'invalid_api_key' } }));
  });
  onTestFinished(() => echo[Symbol.asyncDispose]());
  const folder = tempFolder('gateway');
  const { bed, origin } = await storedBed({
    config: {
      log: { level: 'trace' },
      database: { url: join(folder, 'gateway.db') },
      gateway: { service_key: SERVICE },
    },
  });
  const seen: string[] = [];
  const statuses: number[] = [];
  const ask = async (method: string, path: string, body?: unknown, key = SERVICE): Promise<unknown> => {
    const headers = { 'x-service-key': key };
    const {
      status,
      text,
      json,
      headers: answered,
    } = read(await send(`${bed.url}/api/v1${path}`, { method, body, headers }));
    seen.push(text, JSON.stringify(answered));
    statuses.push(status);
    return json;
  };
  for (const [name, api_key] of Object.entries(KEYS)) {
    const body = { name, display_name: name, api_key, base_url: origin };
    const { id } = (await ask('POST', '/providers', body)) as { id: string };
    const asked = { user_id: name, service: 'chat', prompt: 'Say hello' };
    await ask('POST', '/overrides', { user_id: name, provider_name: name, model_name: MODELS[name] });
    await ask('POST', '/generate', asked);
    await ask('POST', `/providers/${id}/test`);
    expect(statuses.splice(0)).toEqual([201, 201, 200, 200]);
    await ask('POST', '/providers', body);
    await ask('POST', '/providers', JSON.stringify(body).slice(0, -1));
    await ask('POST', '/providers', { ...body, name: api_key, priority: api_key, models: api_key, base_url: api_key });
    await ask('PATCH', `/providers/${id}`, { rate_limit_rpm: api_key, base_url: 'http://127.0.0.2:1', api_key: '' });
    await ask('GET', `/providers/${KEYS.openai}`);
    await ask('POST', '/generate', { ...asked, max_tokens: api_key });
    await ask('GET', '/providers', undefined, `${SERVICE}again`);
    expect(statuses.splice(0)).toEqual([409, 422, 422, 422, 422, 422, 401]);
    await ask('PATCH', `/providers/${id}`, { base_url: echo.baseURL, api_key: `${api_key}again` });
    await ask('POST', '/generate', { ...asked, prompt: 'another' });
    await ask('POST', `/providers/${id}/test`);
    await ask('GET', `/providers/${id}`);
    expect(statuses.splice(0)).toEqual([200, 502, 200, 200]);
  }
  expect(echo.requests).toHaveLength(4);
  for (const path of ['/providers', '/overrides', '/health/providers', '/usage/by-provider', '/usage/by-customer']) {
    await ask('GET', path);
  }
  for (const path of ['/stats', '/metrics', '/api/governance/usage?group_by=provider', '/api/governance/audit']) {
    const answer = await fetch(bed.url + path);
    expect([path, answer.status]).toEqual([path, 200]);
    seen.push(await answer.text());
  }
  expect(seen.at(-1)).toContain('provider');
  expect(seen.join('\n')).not.toContain('canary');
  expect(bed.log()).toContain('/api/v1/generate');
  expect(bed.log()).not.toContain('canary');
  // The write-ahead log is there while the database is open; rows of the ledger are written behind the requests.
  const withoutKeys = (): void => {
    const files = readdirSync(folder);
    expect(files).toContain('gateway.db');
    for (const file of files) {
      const bytes = readFileSync(join(folder, file));
      for (const key of ['canary', ...Object.values(KEYS).map(asBase64)]) expect(bytes.includes(key), file).toBe(false);
    }
  };
  expect(readdirSync(folder)).toContain('gateway.db-wal');
  withoutKeys();
  await bed.app.close();
  withoutKeys();
});

/** The start of the key as base64, whole groups alone. */
function asBase64(key: string): string {
  return Buffer.from(key).toString('base64').slice(0, 16);
}
