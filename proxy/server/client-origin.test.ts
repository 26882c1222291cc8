import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { clientOrigin } from './client-origin.ts';

const from = (headers: IncomingMessage['headers']): string => clientOrigin({ headers, socket: new Socket() });

test('the origin is the one that the client has called', () => {
  expect(from({ host: 'proxy:4000' })).toBe('http://proxy:4000');
  expect(from({ host: 'proxy.example', 'x-forwarded-proto': 'https' })).toBe('https://proxy.example');
  expect(from({})).toBe('http://');
});
