import { expect, test } from 'vitest';
import { ConfigError } from './fault.ts';
import { parseConfig } from './load.ts';

function serverOf(server: object, environment: Readonly<Record<string, string>> = {}) {
  const text = JSON.stringify({ server, models: { m: { endpoints: [{ provider: 'mock' }] } } });
  return parseConfig(text, 'test.yaml', { environment }).config.server;
}

function faultOf(server: object): string {
  try {
    serverOf(server);
  } catch (error) {
    if (error instanceof ConfigError) return error.render();
    throw error;
  }
  return '';
}

test('no page and no name of its own is trusted unless the file says so', () => {
  expect(serverOf({})).toMatchObject({ cors: [] });
  expect(serverOf({})).not.toHaveProperty('trustedHosts');
  expect(serverOf({ trusted_hosts: [] }).trustedHosts).toEqual([]);
});

test('hosts are taken as a Host header has them', () => {
  const written = ['LLM.Example.com', '*.lan', '*', 'a', 'under_score', '10.0.0.5', 'FD00:0::1', '[fd00::2]'];
  const read = ['llm.example.com', '*.lan', '*', 'a', 'under_score', '10.0.0.5', '[fd00::1]', '[fd00::2]'];
  expect(serverOf({ trusted_hosts: written }).trustedHosts).toEqual(read);
});

test('origins are taken as browsers send them', () => {
  const written = [
    'HTTPS://App.example.com:443/',
    'http://localhost:5173',
    'null',
    '*',
    'tauri://localhost',
    'app://X/',
  ];
  const read = ['https://app.example.com', 'http://localhost:5173', 'null', '*', 'tauri://localhost', 'app://x'];
  expect(serverOf({ cors: written }).cors).toEqual(read);
});

test('a variable holds a list with commas, and nothing is the empty list', () => {
  const server = { trusted_hosts: '${HOSTS:-}', cors: '${PAGES:-}' };
  expect(serverOf(server)).toMatchObject({ trustedHosts: [], cors: [] });
  expect(serverOf(server, { HOSTS: 'a.lan, b.lan', PAGES: 'http://a.lan,null' })).toMatchObject({
    trustedHosts: ['a.lan', 'b.lan'],
    cors: ['http://a.lan', 'null'],
  });
  expect(serverOf({ cors: [''] }).cors).toEqual([]);
});

test.each([
  ['https://llm.example.com'],
  ['llm.example.com:443'],
  ['a b'],
  ['-a'],
  ['a.'],
  ['.a'],
  ['*a'],
  ['*.'],
  ['a.*.b'],
  ['[10.0.0.1]'],
  ['fd00::1::2'],
  ['a', ''],
  [1],
])('%j is no list of hosts', (...trusted_hosts) => {
  expect(faultOf({ trusted_hosts })).toContain('server.trusted_hosts: expected host names without scheme and port');
});

test.each([
  ['app.example.com'],
  ['https://app.example.com/path'],
  ['https://app.example.com//'],
  ['https://user@app.example.com'],
  ['https://app.example.com?x'],
  ['https://app.example.com#x'],
  ['https://a b'],
  ['https://'],
  ['https://app.example.com:99999'],
  ['1://a'],
  ['nullify'],
  ['http://a', ''],
  [true],
])('%j is no list of origins', (...cors) => {
  expect(faultOf({ cors })).toContain('server.cors: expected origins such as');
});

test('what is neither a list nor text is no list', () => {
  expect(faultOf({ cors: 5 })).toContain('server.cors: expected origins');
  expect(faultOf({ cors: { a: 1 } })).toContain('found a mapping');
});
