import { expect, test } from 'vitest';
import { currentEndpoint, isStorable, recordedTarget, targetsOf, type TargetSource } from './target.ts';

const REAL: TargetSource = {
  id: 'm/real',
  provider: 'openai',
  origin: 'https://a.example',
  basePath: '/v1',
  mock: false,
  bundled: false,
};
const MOCK: TargetSource = {
  id: 'm/mock-1',
  provider: 'mock',
  origin: 'http://127.0.0.1:1111',
  basePath: '/v1',
  mock: true,
  bundled: true,
};

/** What an answer of this endpoint to a request for `m` is recorded with. */
function recordedBy(source: TargetSource): Parameters<typeof currentEndpoint>[0] {
  const target = recordedTarget(targetsOf([source]), source.id, 'm');
  if (target === undefined) throw new Error('no target');
  return { model: 'm', endpoint: source.id, target };
}

test('a target is provider, address and upstream model', () => {
  expect(recordedBy(REAL).target).toEqual({ provider: 'openai', address: 'https://a.example/v1', model: 'm' });
  expect(recordedBy({ ...REAL, upstreamModel: 'v2' }).target.model).toBe('v2');
  expect(recordedTarget(targetsOf([REAL]), 'm/other', 'm')).toBeUndefined();
});

test.each<[string, TargetSource]>([
  ['provider', { ...REAL, provider: 'azure' }],
  ['origin', { ...REAL, origin: 'https://b.example' }],
  ['base path', { ...REAL, basePath: '/v2' }],
  ['upstream model', { ...REAL, upstreamModel: 'v2' }],
])('with another %s the recording is out of date, also where the endpoint has kept its name', (_what, changed) => {
  expect(currentEndpoint(recordedBy(REAL), targetsOf([changed]))).toBeUndefined();
  expect(currentEndpoint(recordedBy(changed), targetsOf([REAL]))).toBeUndefined();
});

test('a recording is current while any endpoint has its target, whatever the endpoint is called', () => {
  const other = { ...REAL, id: 'm/other', origin: 'https://b.example' };
  const renamed = { ...REAL, id: 'm/renamed' };
  expect(currentEndpoint(recordedBy(REAL), targetsOf([other, REAL]))).toBe('m/real');
  expect(currentEndpoint(recordedBy(REAL), targetsOf([other, renamed]))).toBe('m/renamed');
  expect(currentEndpoint(recordedBy(REAL), targetsOf([renamed, REAL]))).toBe('m/real');
  expect(currentEndpoint(recordedBy(REAL), targetsOf([other]))).toBeUndefined();
});

test('the name that was asked for and the same name in the configuration are one upstream model', () => {
  expect(currentEndpoint(recordedBy(REAL), targetsOf([{ ...REAL, upstreamModel: 'm' }]))).toBe('m/real');
  expect(currentEndpoint(recordedBy({ ...REAL, upstreamModel: 'm' }), targetsOf([REAL]))).toBe('m/real');
});

test('the port of a bundled mock is no part of its target, that of another mock is', () => {
  const moved = { ...MOCK, origin: 'http://127.0.0.1:2222' };
  expect(currentEndpoint(recordedBy(MOCK), targetsOf([moved]))).toBe('m/mock-1');
  const remote = { ...MOCK, bundled: false };
  expect(currentEndpoint(recordedBy(remote), targetsOf([{ ...moved, bundled: false }]))).toBeUndefined();
  expect(currentEndpoint(recordedBy(remote), targetsOf([MOCK]))).toBeUndefined();
});

test('answers of a mock are stored only where every endpoint is a mock', () => {
  const [mocks, mixed, real] = [targetsOf([MOCK]), targetsOf([REAL, MOCK]), targetsOf([REAL])];
  expect([mocks.mocksOnly, mixed.mocksOnly, real.mocksOnly]).toEqual([true, false, false]);
  expect(isStorable(mocks, MOCK.id)).toBe(true);
  expect(isStorable(mixed, MOCK.id)).toBe(false);
  expect(isStorable(mixed, REAL.id)).toBe(true);
  expect(isStorable(real, 'm/unknown')).toBe(false);
});

test('the fingerprint is equal for equal targets and for no others', () => {
  const print = (...sources: TargetSource[]): string => targetsOf(sources).fingerprint;
  expect(print({ ...REAL, id: 'm/renamed' }, MOCK)).toBe(print(REAL, { ...MOCK, origin: 'http://127.0.0.1:3' }));
  const others = [
    print(REAL),
    print(MOCK),
    print(REAL, MOCK),
    print({ ...REAL, provider: 'azure' }),
    print({ ...REAL, basePath: '/v2' }),
    print({ ...REAL, upstreamModel: 'v2' }),
    print({ ...REAL, mock: true }),
  ];
  expect(new Set(others).size).toBe(others.length);
});
