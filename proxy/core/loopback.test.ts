import { expect, test } from 'vitest';

import { isLoopback } from './loopback.ts';

test.each(['127.0.0.1', '127.8.8.8', '::1', '[::1]', 'localhost', 'LOCALHOST', 'app.localhost', '::ffff:127.0.0.1'])(
  '%s stays on this machine',
  (host) => {
    expect(isLoopback(host)).toBe(true);
  },
);

test.each([
  '0.0.0.0',
  '::',
  '10.0.0.1',
  '128.0.0.1',
  'example.com',
  '127.0.0.1.example.com',
  'localhost.example.com',
  '',
])('%j is reachable from elsewhere', (host) => {
  expect(isLoopback(host)).toBe(false);
});
