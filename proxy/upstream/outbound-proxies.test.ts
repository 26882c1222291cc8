import { expect, test } from 'vitest';
import { OutboundProxies } from './outbound-proxies.ts';

const PROXY = { origin: 'http://proxy.example:3128' };
const OTHER = { origin: 'http://other.example:8080' };

function via(environment: Readonly<Record<string, string>>, origin: string) {
  return new OutboundProxies(environment).for(origin);
}

test('each scheme has a proxy of its own, and none without a variable', () => {
  const environment = { HTTP_PROXY: 'http://proxy.example:3128', HTTPS_PROXY: 'http://other.example:8080' };
  expect(via(environment, 'http://llm.example')).toEqual(PROXY);
  expect(via(environment, 'https://llm.example')).toEqual(OTHER);
  expect(via({ HTTP_PROXY: environment.HTTP_PROXY }, 'https://llm.example')).toBeUndefined();
  expect(via({ HTTPS_PROXY: environment.HTTPS_PROXY }, 'http://llm.example')).toBeUndefined();
  expect(via({}, 'https://llm.example')).toBeUndefined();
  expect(via({ HTTPS_PROXY: '' }, 'https://llm.example')).toBeUndefined();
  expect(via(environment, 'not an address')).toBeUndefined();
  expect(via(environment, 'ftp://llm.example')).toBeUndefined();
});

test('lower case stands above upper case, and empty is not set', () => {
  const environment = { HTTP_PROXY: 'http://other.example:8080', http_proxy: 'http://proxy.example:3128' };
  expect(via(environment, 'http://llm.example')).toEqual(PROXY);
  expect(via({ ...environment, http_proxy: '' }, 'http://llm.example')).toEqual(OTHER);
  expect(via({ ...environment, no_proxy: 'llm.example', NO_PROXY: 'x' }, 'http://llm.example')).toBeUndefined();
  expect(via({ ...environment, NO_PROXY: 'llm.example' }, 'http://llm.example')).toBeUndefined();
});

test('an address may lack its scheme, be reached over TLS, and carry credentials', () => {
  expect(via({ http_proxy: 'proxy.example:3128' }, 'http://llm.example')).toEqual(PROXY);
  expect(via({ http_proxy: 'https://proxy.example/' }, 'http://llm.example')).toEqual({
    origin: 'https://proxy.example',
  });
  const proxies = new OutboundProxies({ http_proxy: 'http://us%40er:pa%3Ass@proxy.example:3128' });
  const pair = Buffer.from('us@er:pa:ss').toString('base64');
  expect(proxies.for('http://llm.example')).toEqual({ ...PROXY, authorization: `Basic ${pair}` });
  expect(proxies.secrets).toEqual([pair]);
  const bare = new OutboundProxies({ http_proxy: 'http://user:100%@proxy.example:3128' });
  expect(bare.secrets).toEqual([Buffer.from('user:100%').toString('base64')]);
  expect(new OutboundProxies({ http_proxy: 'http://proxy.example:3128' }).secrets).toEqual([]);
});

test.each(['socks5://user:hunter2@proxy.example:1080', 'http://', ':', 'ftp://proxy.example'])(
  'what is no HTTP proxy is refused by name and not repeated: %s',
  (value) => {
    expect(() => new OutboundProxies({ https_proxy: value })).toThrow('HTTPS_PROXY (or https_proxy) is expected');
    expect(() => new OutboundProxies({ https_proxy: value })).not.toThrow('hunter2');
  },
);

test.each(['http://127.0.0.1:4010', 'http://localhost', 'https://[::1]:1', 'http://app.localhost', 'http://127.9.9.9'])(
  '%s is always reached directly',
  (origin) => {
    const everything = { http_proxy: 'http://proxy.example:3128', https_proxy: 'http://proxy.example:3128' };
    expect(via(everything, origin)).toBeUndefined();
  },
);

test.each([
  ['*', 'http://llm.example', true],
  ['llm.example', 'http://llm.example', true],
  ['LLM.Example', 'http://llm.example', true],
  ['llm.example', 'http://eu.llm.example', true],
  ['.llm.example', 'http://eu.llm.example', true],
  ['.llm.example', 'http://llm.example', true],
  ['*.llm.example', 'http://eu.llm.example', true],
  ['llm.example', 'http://xllm.example', false],
  ['llm.example', 'http://llm.example.com', false],
  ['a.example, llm.example', 'http://llm.example', true],
  ['a.example  llm.example', 'http://llm.example', true],
  ['a.example,,', 'http://llm.example', false],
  ['llm.example:80', 'http://llm.example', true],
  ['llm.example:8080', 'http://llm.example', false],
  ['llm.example:8080', 'http://llm.example:8080', true],
  ['llm.example:443', 'https://llm.example', true],
  ['llm.example:80', 'https://llm.example', false],
  ['10.1.2.3', 'http://10.1.2.3', true],
  ['10.0.0.0/8', 'http://10.1.2.3', true],
  ['10.0.0.0/8', 'http://11.1.2.3', false],
  ['10.0.0.0/8', 'http://10.llm.example', false],
  ['10.0.0.0/33', 'http://10.0.0.1', false],
  ['fd00::/8', 'http://[fd12::1]', true],
  ['fd00::/8', 'http://[fe12::1]', false],
  ['fd00::/129', 'http://[fd00::1]', false],
  ['fd00::1', 'http://[fd00::1]:8080', true],
  ['10.0.0.0/32', 'http://10.0.0.0', true],
  ['fd00::/128', 'http://[fd00::]', true],
  ['.', 'http://llm.example', false],
  ['[fd00::1]:8080', 'http://[fd00::1]:8080', true],
  ['[fd00::1]:8081', 'http://[fd00::1]:8080', false],
  ['x/y', 'http://llm.example', false],
])('with NO_PROXY=%s, %s is reached directly: %s', (list, origin, direct) => {
  const proxies = new OutboundProxies({
    http_proxy: 'http://proxy.example:3128',
    https_proxy: 'http://proxy.example:3128',
    no_proxy: list,
  });
  expect(proxies.for(origin)).toEqual(direct ? undefined : PROXY);
  // A second look is answered from memory, the same.
  expect(proxies.for(origin)).toEqual(direct ? undefined : PROXY);
});
