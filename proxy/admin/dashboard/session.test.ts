import { expect, test } from 'vitest';
import { ManualClock } from '../../core/clock.ts';
import { Secret } from '../../core/secret.ts';
import { endedCookie, Sessions } from './session.ts';

const HOURS_12 = 12 * 60 * 60 * 1_000;

function signedIn(token = 'sk-admin') {
  const clock = new ManualClock();
  const now = { token: new Secret(token) as Secret | undefined };
  const sessions = new Sessions(() => now.token, clock);
  const issued = sessions.open(token, false)!;
  const cookie = issued.cookie.split(';')[0]!;
  return { clock, now, sessions, issued, cookie };
}

test('only the admin token opens a session, and none does where none is configured', () => {
  const { sessions, now } = signedIn();
  expect(sessions.open('sk-admi', false)).toBeUndefined();
  expect(sessions.open('', false)).toBeUndefined();
  now.token = undefined;
  expect(sessions.open('', false)).toBeUndefined();
});

test('the cookie is kept from scripts and from other sites; over TLS it is kept from plain connections', () => {
  const { sessions, issued } = signedIn();
  expect(issued.cookie).toMatch(/^llmproxy_session=[\w.-]+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/);
  expect(sessions.open('sk-admin', true)?.cookie).toMatch(/; Secure$/);
  expect(endedCookie(true)).toBe('llmproxy_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0; Secure');
});

test('a session reads with its cookie alone, and writes with its token only', () => {
  const { sessions, issued, cookie } = signedIn();
  const other = signedIn().issued.csrf;
  const allows = (method: string, headers: object): boolean => sessions.allows({ method, headers: { ...headers } });
  expect(allows('GET', { cookie })).toBe(true);
  expect(allows('HEAD', { cookie: `a=b; ${cookie}; c=d` })).toBe(true);
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
    expect(allows(method, { cookie })).toBe(false);
    expect(allows(method, { cookie, 'x-csrf-token': other })).toBe(false);
    expect(allows(method, { cookie, 'x-csrf-token': issued.csrf })).toBe(true);
  }
  expect(allows('POST', { 'x-csrf-token': issued.csrf })).toBe(false);
});

test('a session that was changed, is over or belongs to another token is none', () => {
  const { clock, now, sessions, cookie } = signedIn();
  const allowed = (text: string): boolean => sessions.allows({ method: 'GET', headers: { cookie: text } });
  expect(allowed(cookie)).toBe(true);
  const later = cookie.replace(/=(\d)/, (_all, digit: string) => `=${(Number(digit) + 1) % 10}`);
  expect([allowed(later), allowed(`${cookie}x`), allowed('llmproxy_session='), allowed('llmproxy_session=a')]).toEqual([
    false,
    false,
    false,
    false,
  ]);
  clock.advance(HOURS_12 - 1);
  expect(allowed(cookie)).toBe(true);
  clock.advance(1);
  expect(allowed(cookie)).toBe(false);
  const next = signedIn();
  next.now.token = new Secret('another');
  expect(next.sessions.allows({ method: 'GET', headers: { cookie: next.cookie } })).toBe(false);
  now.token = undefined;
  expect(sessions.csrfOf({ headers: { cookie } })).toBeUndefined();
});

test('any process with the same token knows the session', () => {
  const { issued, cookie } = signedIn();
  const elsewhere = signedIn().sessions;
  expect(elsewhere.csrfOf({ headers: { cookie } })).toBe(issued.csrf);
});
