import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGoverned, verdict, type Governed } from './governed.ts';

let bed: Governed;
beforeAll(async () => {
  bed = await startGoverned();
});
afterAll(() => bed.close());

const count = async (): Promise<unknown> => (await bed.api('GET', '/teams')).json['count'];

test.each<[string, Record<string, string>, number]>([
  ['another name of this machine (DNS rebinding)', { host: 'attacker.example' }, 403],
  ['a page of another site', { origin: 'https://attacker.example' }, 403],
  ['a page of no origin', { origin: 'null' }, 403],
  [
    'a form of another site',
    { 'sec-fetch-site': 'cross-site', origin: 'https://attacker.example', 'content-type': 'text/plain' },
    403,
  ],
  ['a request that was passed on', { 'x-forwarded-for': '192.0.2.1' }, 401],
  ['the same name written in another way', { host: 'localhost.attacker.example' }, 403],
])('open administration is closed to %s, and nothing is changed', async (_what, headers, status) => {
  const before = await count();
  const posted = await bed.api('POST', '/teams', { name: 'of the attacker' }, headers);
  const read = await bed.api('GET', '/virtual-keys', undefined, headers);
  expect([posted.status, read.status]).toEqual([status, status]);
  expect([posted.json, read.json]).toEqual([{ error: expect.any(String) }, { error: expect.any(String) }]);
  expect(await count()).toBe(before);
});

test('a thousand unknown keys leave nothing behind but a number', async () => {
  const counters = async (): Promise<unknown> => (await bed.api('GET', '/debug/counters')).json['count'];
  const rows = async (): Promise<number> =>
    ((await bed.api('GET', '/usage')).json['totals'] as { requests: number }).requests;
  const before = await counters();
  expect(await rows()).toBe(0);
  for (let at = 0; at < 20; at += 1) {
    await Promise.all(Array.from({ length: 50 }, (_, one) => bed.chat(`sk-lp-unknown-${at}-${one}`)));
  }
  expect(await counters()).toBe(before);
  // Rows are written in their order: with this one all would be there.
  await bed.chat(await bed.key());
  await expect.poll(rows).toBe(1);
  const { json } = await bed.api('GET', '/debug/stats');
  expect(JSON.stringify(json['plugin_stats'])).toMatch(/"virtual_key_not_found":1\d\d\d/);
});

test('no key is in a log, a metric, a report or an error, in whichever place it came', async () => {
  const key = await bed.make('virtual-keys', { name: 'discreet' });
  const [value, wrong] = [String(key['value']), 'sk-lp-that-was-never-made'];
  for (const secret of [value, wrong]) {
    await bed.call(`/v1beta/models/gemini-2.5-flash:generateContent?key=${secret}`, { body: { contents: [] } });
    await bed.call(`/v1/files?key=${secret}`, { method: 'GET' });
    await bed.call('/v1/responses', {
      method: 'GET',
      headers: { 'sec-websocket-protocol': `openai-insecure-api-key.${secret}` },
    });
    expect((await bed.chat(secret, { model: 'not configured' })).text).not.toContain(secret);
  }
  expect(verdict(await bed.chat(value))).toBe('200 ok');
  const texts = await Promise.all([
    bed.call('/metrics', { method: 'GET' }),
    bed.call('/stats', { method: 'GET' }),
    bed.api('GET', '/usage?group_by=key'),
    bed.api('GET', '/debug/counters'),
    bed.api('GET', '/debug/stats'),
    bed.api('GET', '/usage-stats'),
  ]);
  for (const { status, text } of texts) {
    expect(status).toBe(200);
    for (const secret of [value, wrong]) expect(text).not.toContain(secret);
  }
  await expect.poll(() => bed.proxy.stderr()).toContain('"status":403');
  expect(bed.proxy.stderr()).not.toMatch(/sk-lp-\w/);
});
