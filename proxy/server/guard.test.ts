import type { IncomingHttpHeaders } from 'node:http';
import { expect, test } from 'vitest';
import { Guard, type GuardSettings } from './guard.ts';

const LOOPBACK: GuardSettings = { host: '127.0.0.1', cors: [] };
const PUBLIC: GuardSettings = { host: '0.0.0.0', cors: [] };
const PAGE = 'https://page.example';

interface Asked {
  readonly settings?: Partial<GuardSettings>;
  readonly method?: string;
  readonly encrypted?: boolean;
  readonly upgrade?: boolean;
}

function admit(
  headers: IncomingHttpHeaders,
  { settings = {}, method = 'POST', encrypted = false, upgrade = false }: Asked = {},
) {
  const guard = new Guard({ ...LOOPBACK, ...settings });
  return guard.judge({ method, headers: { host: 'localhost:4000', ...headers }, encrypted, upgrade });
}

/** `pass`, or the code of the refusal. */
function verdict(headers: IncomingHttpHeaders, asked: Asked = {}): string {
  try {
    return admit(headers, asked).kind;
  } catch (error) {
    return (error as { code: string }).code;
  }
}

const NOT_TRUSTED = 'host_not_trusted';
const LISTED = ['llm.example.com', '*.lan', '[fd00::1]', '10.0.0.5'];

test.each([
  ['localhost', 'pass'],
  ['localhost:4000', 'pass'],
  ['LOCALHOST:4000', 'pass'],
  ['127.0.0.1', 'pass'],
  ['127.0.0.1:1', 'pass'],
  ['127.1.2.3:4000', 'pass'],
  ['[::1]:4000', 'pass'],
  ['[::1]', 'pass'],
  ['app.localhost:4000', 'pass'],
  ['host.docker.internal:4000', 'pass'],
  ['Host.Docker.Internal', 'pass'],
  ['attacker.example', NOT_TRUSTED],
  ['attacker.example:4000', NOT_TRUSTED],
  ['localhost.attacker.example', NOT_TRUSTED],
  ['notlocalhost', NOT_TRUSTED],
  ['127.0.0.1.attacker.example', NOT_TRUSTED],
  ['localhost:4000:4000', NOT_TRUSTED],
  ['localhost@attacker.example', NOT_TRUSTED],
  ['attacker.example/localhost', NOT_TRUSTED],
  ['x-localhost', NOT_TRUSTED],
  ['0.0.0.0:4000', NOT_TRUSTED],
  ['192.168.1.2:4000', NOT_TRUSTED],
  ['[::2]:4000', NOT_TRUSTED],
  ['2130706433', NOT_TRUSTED],
  ['', NOT_TRUSTED],
  [undefined, NOT_TRUSTED],
])('on a loopback address, for the host %s: %s', (host, expected) => {
  expect(verdict({ host })).toBe(expected);
  // Where the names are listed the same are checked on every address.
  expect(verdict({ host }, { settings: { ...PUBLIC, trustedHosts: [] } })).toBe(expected);
});

test.each(['localhost', '::1', '127.0.0.5'])('%s is a loopback address to listen on', (host) => {
  expect(verdict({ host: 'attacker.example' }, { settings: { host } })).toBe(NOT_TRUSTED);
});

test.each([
  ['llm.example.com', 'pass'],
  ['LLM.example.com:8443', 'pass'],
  ['a.lan', 'pass'],
  ['a.b.lan:4000', 'pass'],
  ['[fd00::1]:4000', 'pass'],
  ['10.0.0.5', 'pass'],
  ['localhost', 'pass'],
  ['lan', NOT_TRUSTED],
  ['xlan', NOT_TRUSTED],
  ['a.llm.example.com', NOT_TRUSTED],
  ['llm.example.com.attacker.example', NOT_TRUSTED],
  ['*.lan', NOT_TRUSTED],
])('with names of the operator’s own, for the host %s: %s', (host, expected) => {
  expect(verdict({ host }, { settings: { trustedHosts: LISTED } })).toBe(expected);
  expect(verdict({ host }, { settings: { ...PUBLIC, trustedHosts: LISTED } })).toBe(expected);
});

test('on another address hosts are checked only where they are listed, and an asterisk lists all', () => {
  expect(verdict({ host: 'anything.example' }, { settings: PUBLIC })).toBe('pass');
  expect(verdict({ host: undefined }, { settings: PUBLIC })).toBe('pass');
  expect(verdict({ host: 'anything.example' }, { settings: { trustedHosts: ['*'] } })).toBe('pass');
});

test.each<[IncomingHttpHeaders, boolean, string]>([
  [{ host: 'a' }, true, 'pass'],
  [{ host: 'my-server:4000' }, true, 'pass'],
  [{ host: 'a' }, false, NOT_TRUSTED],
  [{ host: 'a.example' }, true, NOT_TRUSTED],
  [{ host: 'a:4000:1' }, true, NOT_TRUSTED],
  [{ host: '' }, true, NOT_TRUSTED],
  [{ host: undefined }, true, NOT_TRUSTED],
  [{ host: 'a', origin: 'http://a' }, true, NOT_TRUSTED],
  [{ host: 'a', 'sec-fetch-site': 'same-origin' }, true, NOT_TRUSTED],
])(
  'a program’s WebSocket may call the proxy by a name of one label: %j, upgrade %s: %s',
  (headers, upgrade, expected) => {
    expect(verdict(headers, { method: 'GET', upgrade })).toBe(expected);
  },
);

test('a refused host hears which setting names it, and how it was called', () => {
  expect(() => admit({ host: 'attacker.example' })).toThrow(/'attacker\.example'.*server\.trusted_hosts/);
  expect(() => admit({ host: undefined })).toThrow('(none)');
  expect(() => admit({ host: 'x'.repeat(300) })).toThrow(new RegExp(`'x{100}'`));
});

const NOT_ALLOWED = 'origin_not_allowed';

test.each<[IncomingHttpHeaders, string]>([
  [{}, 'pass'],
  [{ origin: '' }, 'pass'],
  [{ 'sec-fetch-site': 'cross-site' }, NOT_ALLOWED],
  [{ origin: '', 'sec-fetch-site': 'cross-site' }, NOT_ALLOWED],
  [{ 'sec-fetch-site': 'same-site' }, 'pass'],
  [{ 'sec-fetch-site': 'same-origin' }, 'pass'],
  [{ 'sec-fetch-site': 'none' }, 'pass'],
  [{ origin: PAGE }, NOT_ALLOWED],
  [{ origin: PAGE, 'sec-fetch-site': 'same-origin' }, NOT_ALLOWED],
  [{ origin: 'HTTPS://page.example' }, NOT_ALLOWED],
  [{ origin: 'null' }, NOT_ALLOWED],
  [{ origin: 'http://localhost:4000' }, 'pass'],
  [{ origin: 'HTTP://LOCALHOST:4000' }, 'pass'],
  [{ origin: 'http://localhost' }, NOT_ALLOWED],
  [{ origin: 'http://localhost:4001' }, NOT_ALLOWED],
  [{ origin: 'https://localhost:4000' }, NOT_ALLOWED],
  [{ origin: 'http://127.0.0.1:4000' }, NOT_ALLOWED],
  [{ origin: 'http://localhost:4000.evil.example' }, NOT_ALLOWED],
  [{ origin: 'http://localhost:4000/' }, NOT_ALLOWED],
  [{ origin: 'http://localhost', host: 'localhost' }, 'pass'],
  [{ origin: 'http://localhost', host: 'localhost:80' }, 'pass'],
  [{ origin: 'http://localhost', host: 'localhost:443' }, NOT_ALLOWED],
  [{ origin: 'http://[::1]:4000', host: '[::1]:4000' }, 'pass'],
  [{ origin: 'vscode-webview://abc' }, 'pass'],
  [{ origin: 'tauri://localhost', 'sec-fetch-site': 'cross-site' }, 'pass'],
  [{ origin: 'app://obsidian.md' }, 'pass'],
  [{ origin: 'file://' }, 'pass'],
  [{ origin: 'chrome-extension://abc' }, 'pass'],
  [{ origin: 'app://a, https://page.example' }, NOT_ALLOWED],
  [{ origin: 'app://a https://page.example' }, NOT_ALLOWED],
  [{ origin: 'page.example' }, NOT_ALLOWED],
  [{ origin: 'xhttp:' }, NOT_ALLOWED],
])('a request with %j: %s', (headers, expected) => {
  expect(verdict(headers)).toBe(expected);
});

test('on another address pages are judged the same, and over TLS the scheme is https', () => {
  const settings = PUBLIC;
  const host = 'llm.example.com';
  expect(verdict({ host, origin: PAGE }, { settings })).toBe(NOT_ALLOWED);
  expect(verdict({ host, origin: `http://${host}` }, { settings })).toBe('pass');
  expect(verdict({ host, origin: `https://${host}` }, { settings })).toBe(NOT_ALLOWED);
  expect(verdict({ host, origin: `https://${host}` }, { settings, encrypted: true })).toBe('pass');
  expect(verdict({ host: `${host}:443`, origin: `https://${host}` }, { settings, encrypted: true })).toBe('pass');
  expect(verdict({ host: `${host}:80`, origin: `https://${host}` }, { settings, encrypted: true })).toBe(NOT_ALLOWED);
  expect(verdict({ host: undefined, origin: 'http://undefined' }, { settings })).toBe(NOT_ALLOWED);
});

test('a refused page hears which setting names it', () => {
  expect(() => admit({ origin: PAGE })).toThrow(/'https:\/\/page\.example'.*server\.cors/);
  expect(() => admit({ 'sec-fetch-site': 'cross-site' })).toThrow(/another site.*server\.cors/);
});

test('a named origin passes, may read the answer, and no other does', () => {
  const settings = { cors: [PAGE, 'null', 'app://x'] };
  expect(admit({ origin: PAGE }, { settings }).headers).toEqual({
    vary: 'origin',
    'access-control-allow-origin': PAGE,
    'access-control-expose-headers': expect.stringMatching(/^x-request-id, .*x-llmproxy-cache.*retry-after.*, \*$/),
  });
  expect(admit({ origin: 'null' }, { settings }).headers['access-control-allow-origin']).toBe('null');
  expect(admit({ origin: 'HTTPS://Page.example' }, { settings }).kind).toBe('pass');
  expect(admit({ origin: 'http://localhost:4000' }, { settings }).headers).toEqual({ vary: 'origin' });
  expect(admit({ origin: 'app://y' }, { settings }).headers).toEqual({ vary: 'origin' });
  expect(admit({}, { settings }).headers).toEqual({ vary: 'origin' });
  expect(verdict({ origin: 'https://other.example' }, { settings })).toBe(NOT_ALLOWED);
  expect(verdict({ 'sec-fetch-site': 'cross-site' }, { settings })).toBe(NOT_ALLOWED);
  expect(verdict({ origin: PAGE, host: 'attacker.example' }, { settings })).toBe(NOT_TRUSTED);
  expect(admit({ origin: 'app://x' }).headers).toEqual({});
});

test('an asterisk names every origin', () => {
  const settings = { cors: ['*'] };
  expect(admit({ origin: PAGE }, { settings }).headers).toMatchObject({ 'access-control-allow-origin': '*' });
  expect(admit({ origin: PAGE }, { settings }).headers).not.toHaveProperty('vary');
  expect(verdict({ 'sec-fetch-site': 'cross-site' }, { settings })).toBe('pass');
  const preflight = admit({ origin: PAGE }, { settings, method: 'OPTIONS' }).headers;
  expect(preflight).toMatchObject({ 'access-control-allow-origin': '*' });
});

const ALLOW = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS';

test('a preflight of a named origin is allowed what it asks for', () => {
  const settings = { cors: [PAGE] };
  const asks = {
    origin: PAGE,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'Content-Type, x-stainless-lang,X-Title,,bad name,a:b',
  };
  expect(admit(asks, { settings, method: 'OPTIONS' })).toEqual({
    kind: 'options',
    headers: {
      allow: ALLOW,
      'access-control-allow-origin': PAGE,
      'access-control-allow-methods': ALLOW,
      'access-control-allow-headers': 'authorization, content-type, x-stainless-lang, x-title',
      'access-control-max-age': '600',
      vary: 'origin, access-control-request-headers',
    },
  });
  const local = { ...asks, 'access-control-request-private-network': 'true' };
  expect(admit(local, { settings, method: 'OPTIONS' }).headers).toMatchObject({
    'access-control-allow-private-network': 'true',
  });
  expect(admit({ origin: PAGE }, { settings, method: 'OPTIONS' }).headers['access-control-allow-headers']).toBe(
    'authorization, content-type',
  );
});

test('every other OPTIONS request is answered without a word of permission', () => {
  const plain = { kind: 'options', headers: { allow: ALLOW, vary: 'origin' } };
  expect(admit({ origin: PAGE, 'access-control-request-method': 'POST' }, { method: 'OPTIONS' })).toEqual(plain);
  expect(admit({ 'sec-fetch-site': 'cross-site' }, { method: 'OPTIONS' })).toEqual(plain);
  expect(admit({}, { settings: { cors: [PAGE] }, method: 'OPTIONS' })).toEqual(plain);
  expect(verdict({ host: 'attacker.example' }, { method: 'OPTIONS' })).toBe(NOT_TRUSTED);
});

test.each(['TRACE', 'TRACK', 'PROPFIND', 'CONNECT', 'QUERY'])(
  '%s is refused, and the answer lists the others',
  (method) => {
    expect(verdict({}, { method })).toBe('method_not_allowed');
    expect(() => admit({}, { method })).toThrow(expect.objectContaining({ headers: { allow: ALLOW } }));
    expect(() => admit({}, { method })).toThrow(method);
  },
);

test.each(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'])('%s passes', (method) => {
  expect(verdict({}, { method })).toBe('pass');
});
