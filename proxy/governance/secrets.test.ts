import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tempFolder } from '../../tests/setup/temp-folder.ts';
import { Secret } from '../core/secret.ts';
import { KeyDigests, newKeyValue } from './key-values.ts';
import { masterKey } from './master-key.ts';
import { ValueSeal } from './value-seal.ts';

const ONE = new ValueSeal(new Secret('0123456789abcdef0123456789abcdef'));
const OTHER = new ValueSeal(new Secret('another0123456789abcdef012345678'));
const POSTGRES = { kind: 'postgres', url: 'postgres://h/d' } as const;

test('a seal opens for its row and its key only', () => {
  const sealed = ONE.close('virtual_key/1', 'sk-lp-é😀');
  expect(ONE.open('virtual_key/1', sealed)).toBe('sk-lp-é😀');
  expect(ONE.close('virtual_key/1', 'sk-lp-é😀')).not.toBe(sealed);
  expect(ONE.open('virtual_key/2', sealed)).toBeUndefined();
  expect(OTHER.open('virtual_key/1', sealed)).toBeUndefined();
  expect(sealed.split(':')[1]).toBe(ONE.keyId);
  const damaged = sealed.split('');
  for (let at = 0; at < damaged.length; at++) {
    const bent = damaged.with(at, damaged[at] === 'A' ? 'B' : 'A').join('');
    // The last characters of base64 may carry bits that stand for nothing.
    if (bent !== sealed && at < damaged.length - 1) expect(ONE.open('virtual_key/1', bent), String(at)).toBeUndefined();
  }
  for (const text of ['', 'v1', 'v1:x', `v1:${ONE.keyId}:`, `v1:${ONE.keyId}:AAAA`, `v2:${ONE.keyId}:AAAA`]) {
    expect(ONE.open('virtual_key/1', text)).toBeUndefined();
  }
});

test('a key has at least 128 random bits, its digest depends on the pepper', () => {
  const values = Array.from({ length: 1_000 }, newKeyValue);
  expect(new Set(values).size).toBe(1_000);
  expect(values.every((value) => /^sk-lp-[\w-]{32}$/.test(value))).toBe(true);
  const [one, other] = ['a', 'b'].map((text) => new KeyDigests(Buffer.alloc(32, text).toString('base64')));
  expect(one!.of('sk-lp-x')).toMatch(/^[\w-]{43}$/);
  expect(one!.of('sk-lp-x')).toBe(one!.of('sk-lp-x'));
  expect(one!.of('sk-lp-x')).not.toBe(other!.of('sk-lp-x'));
  expect([one!.of(''), one!.of('x'.repeat(257))]).toEqual([undefined, undefined]);
  expect(() => new KeyDigests('c2hvcnQ=')).toThrow(/pepper/);
});

test('a key file is made once, for its owner alone', () => {
  const path = join(tempFolder('master'), 'deep/llmproxy.db');
  const place = { database: { kind: 'sqlite', path }, loopback: true, configured: undefined } as const;
  const made = masterKey(place).reveal();
  expect(made).toMatch(/^[0-9a-f]{64}$/);
  expect(statSync(`${path}.key`).mode & 0o777).toBe(0o600);
  expect(masterKey(place).reveal()).toBe(made);
  expect(readFileSync(`${path}.key`, 'utf8').trim()).toBe(made);
  chmodSync(`${path}.key`, 0o644);
  expect(() => masterKey(place)).toThrow(/can be read by others: run `chmod 600`/);
  chmodSync(`${path}.key`, 0o600);
  writeFileSync(`${path}.key`, 'short');
  expect(() => masterKey(place)).toThrow(/not a secret of 32 characters/);
});

test('without a key file the master key must be configured, and be none that is a placeholder', () => {
  const memory = { kind: 'sqlite', path: ':memory:' } as const;
  const bytes = Buffer.from('f3b1c2d4e5a6978812345678deadbeeff3b1c2d4e5a6978812345678deadbeef', 'hex');
  const spellings = [bytes.toString('hex'), bytes.toString('hex').toUpperCase(), bytes.toString('base64')];
  for (const good of [...spellings, bytes.toString('base64url')]) {
    expect(masterKey({ database: POSTGRES, loopback: true, configured: good }).reveal()).toBe(good);
  }
  expect(() => masterKey({ database: POSTGRES, loopback: true, configured: undefined })).toThrow(
    /required with Postgres/,
  );
  expect(() => masterKey({ database: memory, loopback: false, configured: undefined })).toThrow(/not loopback/);
  const refused = [
    '',
    'short',
    'x'.repeat(64),
    '0'.repeat(64),
    `${'A'.repeat(43)}=`,
    'f3b1c2d4e5a6978812345678deadbeef',
  ];
  for (const configured of [...refused, `${bytes.toString('hex')}00`, 'a sentence of thirty-two characters or more']) {
    expect(() => masterKey({ database: memory, loopback: true, configured })).toThrow(
      /LLMPROXY_MASTER_KEY is not a secret/,
    );
  }
  expect(masterKey({ database: memory, loopback: true, configured: undefined }).reveal()).toHaveLength(64);
});
