import { inspect } from 'node:util';

import { expect, test } from 'vitest';

import { Secret } from './secret.ts';

test('a secret shows itself in no rendering, only when it is revealed', () => {
  const secret = new Secret('sk-very-secret');
  const holder = { key: secret, nested: [secret] };
  const shown = [
    JSON.stringify(holder),
    inspect(holder, { depth: 9, showHidden: true }),
    String(secret),
    ['key', secret].join('='),
  ];
  for (const text of shown) {
    expect(text).toContain('***');
    expect(text).not.toContain('very');
  }
  expect(secret.reveal()).toBe('sk-very-secret');
});

test('secrets are compared by value', () => {
  expect(new Secret('a').equals(new Secret('a'))).toBe(true);
  expect(new Secret('a').equals(new Secret('b'))).toBe(false);
});
