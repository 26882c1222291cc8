import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { withRealSockets } from '../../../tests/setup/mock-bed.ts';
import type { MockPlace } from './mock-relay.ts';
import { MockState } from './mock-state.ts';

withRealSockets();

/** A control API that says what `said` has for each route. */
async function place(said: Record<string, unknown>): Promise<MockPlace> {
  const server = createServer((request, response) => {
    const name = request.url?.replace('/__mock/', '') ?? '';
    const known = said[name] ?? { of: name };
    response.writeHead(said['status'] === undefined ? 200 : Number(said['status']), {
      'content-type': 'application/json',
    });
    response.end(JSON.stringify(name.startsWith('journal') ? { entries: [], ...known } : known));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { name: 'm', bundled: false, address: `http://127.0.0.1:${port}`, endpoints: [] };
}

test('at first all parts come, then those that have changed', async () => {
  const said: Record<string, unknown> = {};
  const at = await place(said);
  const state = new MockState(() => at);
  expect(await state.news()).toEqual({
    fault: null,
    journal: { entries: [] },
    answers: { of: 'answers' },
    faults: { of: 'faults' },
    clock: { of: 'clock' },
    limits: { of: 'limits' },
    script: { of: 'script' },
  });
  expect(await state.news()).toBeUndefined();
  said['clock'] = { now: 7 };
  expect(await state.news()).toEqual({ clock: { now: 7 } });
});

test('the journal of a mock shows no credential, whatever header or parameter it is sent in', async () => {
  const names = ['authorization', 'x-api-key', 'x-our-auth', 'x-amz-security-token', 'cookie'];
  const headers = Object.fromEntries(names.map((name) => [name, 'hidden']));
  const seen = { 'idempotency-key': 'shown', 'content-type': 'shown' };
  const entry = { headers: { ...headers, ...seen }, query: { key: 'hidden', access_token: 'hidden', alt: 'sse' } };
  const state = new MockState(() => at);
  const at = await place({ 'journal?last=100': { entries: [entry] } });
  const { journal } = (await state.news()) as { journal: { entries: (typeof entry)[] } };
  expect(journal.entries[0]).toMatchObject({ headers: seen, query: { alt: 'sse' } });
  expect(JSON.stringify(journal)).not.toContain('hidden');
});

test('a mock that refuses or is away is said to, once, and again when it is back', async () => {
  const said: Record<string, unknown> = { status: 403, clock: { error: { message: 'no token' } } };
  const at = await place(said);
  let now: MockPlace = { ...at, address: 'http://127.0.0.1:1' };
  const state = new MockState(() => now);
  expect(await state.news()).toMatchObject({ fault: expect.stringContaining('cannot be asked') as unknown });
  expect(await state.news()).toBeUndefined();
  now = at;
  expect(await state.news()).toMatchObject({ fault: expect.stringContaining('refuses') as unknown });
  delete said['status'];
  expect(await state.news()).toMatchObject({ fault: null, clock: said['clock'] });
});
