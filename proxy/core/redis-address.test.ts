import { expect, test } from 'vitest';
import { parseRedisAddress } from './redis-address.ts';

test.each([
  ['h:7000', { host: 'h', port: 7_000, tls: false }],
  ['h', { host: 'h', port: 6_379, tls: false }],
  ['redis://h/', { host: 'h', port: 6_379, tls: false }],
  ['rediss://10.0.0.1:7001', { host: '10.0.0.1', port: 7_001, tls: true }],
  ['redis://[::1]:7000', { host: '::1', port: 7_000, tls: false }],
  ['redis://:p%40ss@h:7000', { host: 'h', port: 7_000, tls: false, password: 'p@ss' }],
  ['rediss://u:p@h', { host: 'h', port: 6_379, tls: true, username: 'u', password: 'p' }],
])('%s is read', (text, address) => {
  expect(parseRedisAddress(text, 6_379)).toEqual(address);
});

test.each([
  '',
  'http://h',
  'redis://',
  'redis://h:7000/1',
  'unix:///x',
  'h:70000',
  'h:0',
  'a b',
  'redis://h?x=1',
  'redis://%@h',
])('%j is none', (text) => {
  expect(parseRedisAddress(text, 6_379)).toBeUndefined();
});
