import { expect, test } from 'vitest';
import { systemClock } from '../core/clock.ts';
import { Affinity } from '../routing/affinity.ts';
import { clientSecret, secretName } from './client-secret.ts';
import { rememberCreated } from './learn.ts';

test.each([
  [{ authorization: 'Bearer ek_1' }, 'ek_1'],
  [{ authorization: 'bearer  ek_1 ' }, 'ek_1'],
  [{ 'sec-websocket-protocol': 'realtime, openai-insecure-api-key.ek_2' }, 'ek_2'],
  [{ authorization: 'Bearer sk-1', 'sec-websocket-protocol': 'openai-insecure-api-key.ek_2' }, 'ek_2'],
  [{ authorization: 'Bearer sk-1' }, undefined],
  [{ authorization: 'Basic ek_1' }, undefined],
  [{ authorization: 'Bearer sk-ek_1' }, undefined],
  [{ 'sec-websocket-protocol': 'realtime, ek_1' }, undefined],
  [{}, undefined],
])('of %j the client’s secret is %s', (headers, secret) => {
  expect(clientSecret(headers)).toBe(secret);
});

test('the name of a secret tells secrets apart and does not hold them', () => {
  expect(secretName('ek_1')).not.toBe(secretName('ek_2'));
  expect(secretName('ek_1')).not.toContain('ek_1');
});

test.each([
  ['an id', { id: 'asst_1' }, {}, 'asst_1'],
  ['a client secret', { value: 'ek_1' }, {}, secretName('ek_1')],
  ['the secret of a session', { client_secret: { value: 'ek_2' } }, {}, secretName('ek_2')],
  ['a call with a query', 'v=0', { location: '/v1/realtime/calls/rtc_1?x=y' }, 'rtc_1'],
  ['a call', 'v=0', { location: '/v1/realtime/calls/rtc_1/' }, 'rtc_1'],
])('the endpoint of %s is remembered', async (_what, body, headers, name) => {
  const affinity = new Affinity({ clock: systemClock });
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  rememberCreated({ endpoint: 'm/a', headers, body: Buffer.from(text) }, affinity);
  expect(affinity.peek([name])).toBe('m/a');
});

test('an answer that names nothing leaves nothing', () => {
  const affinity = new Affinity({ clock: systemClock });
  const body = Buffer.from('{"id":5,"value":"","client_secret":"x"}');
  rememberCreated({ endpoint: 'm/a', headers: {}, body }, affinity);
  for (const name of ['5', '', 'x', secretName('')]) expect(affinity.peek([name])).toBeUndefined();
});
