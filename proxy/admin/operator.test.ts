import { expect, test } from 'vitest';
import type { AuthConfig } from '../config/config.ts';
import { ManualClock } from '../core/clock.ts';
import { Secret } from '../core/secret.ts';
import { Sessions } from './dashboard/session.ts';
import { operatorCheck } from './operator.ts';

const clock = new ManualClock(1_750_000_000_000);
const WITH_TOKEN: AuthConfig = { admin: 'token', adminToken: new Secret('the-token'), requireKey: false };
const OPEN: AuthConfig = { admin: 'loopback', requireKey: false };

function may(auth: AuthConfig, headers: Readonly<Record<string, string>>, keys = false): boolean {
  const place = { host: '127.0.0.1', keys };
  return operatorCheck({ auth, place, clock })({ method: 'POST', headers: { host: 'proxy.example', ...headers } });
}

test('the admin token counts in its own header alone', () => {
  expect(may(WITH_TOKEN, { 'x-llmproxy-admin-token': 'the-token' })).toBe(true);
  expect(may(WITH_TOKEN, { 'x-llmproxy-admin-token': 'another' })).toBe(false);
  expect(may(WITH_TOKEN, { authorization: 'Bearer the-token' })).toBe(false);
  expect(may(WITH_TOKEN, {})).toBe(false);
});

test('a session counts with its CSRF token', () => {
  const issued = new Sessions(() => WITH_TOKEN.adminToken, clock).open('the-token', false);
  const cookie = issued?.cookie.split(';')[0] ?? '';
  expect(may(WITH_TOKEN, { cookie, 'x-csrf-token': issued?.csrf ?? '' })).toBe(true);
  expect(may(WITH_TOKEN, { cookie })).toBe(false);
  expect(may(WITH_TOKEN, { cookie: `${cookie}x`, 'x-csrf-token': issued?.csrf ?? '' })).toBe(false);
});

test('open administration counts for this machine, and behind a proxy only where there are no keys', () => {
  const local = { host: 'localhost:4000', authorization: 'Bearer sk-of-a-client' };
  expect(may(OPEN, local)).toBe(true);
  expect(may(OPEN, {})).toBe(false);
  expect(may(OPEN, { ...local, 'x-forwarded-for': '10.0.0.1' })).toBe(true);
  expect(may(OPEN, { ...local, 'x-forwarded-for': '10.0.0.1' }, true)).toBe(false);
});
