import { expect, test } from 'vitest';
import { chat, nonce } from '../system/ask.ts';
import { startBed } from '../system/bed.ts';
import { errorOf } from '../system/http.ts';

// A redirect was relayed: the client's SDK would have followed it past the proxy, to an address that the endpoint chose.
test('a redirect of an endpoint is a bad answer and never reaches the client', async () => {
  await using bed = await startBed({ mocks: 1 });
  await bed.mocks[0]!.fault({ fault: { kind: 'status', status: 302, headers: { location: 'http://127.0.0.1:9/' } } });
  const error = await errorOf(bed.client.chat.completions.create(chat(nonce())));
  expect(error).toMatchObject({ status: 502, code: 'upstream_failed' });
  expect(error.message).toContain('302');
  expect(error.headers?.get('location')).toBeNull();
});
