import { expect, test } from 'vitest';
import type { Endpoint } from '../routing/types.ts';
import type { UpstreamHandler } from '../upstream/types.ts';
import { withoutOwnKeys } from './key-filter.ts';

const endpoint: Endpoint = {
  id: 'm/a',
  provider: 'openai',
  origin: 'http://127.0.0.1:1',
  basePath: '/v1',
  credential: { kind: 'key', value: 'sk-our-own-key' },
  weight: 1,
  headers: {},
};

function recording(): { readonly calls: string[]; readonly handler: UpstreamHandler } {
  const calls: string[] = [];
  const handler: UpstreamHandler = {
    onHead: (status, headers) => void calls.push(`${status} ${JSON.stringify(headers)}`),
    onData: (chunk) => void calls.push(chunk.toString()),
    onEnd: () => void calls.push('end'),
    onFailure: ({ kind }) => void calls.push(kind),
  };
  return { calls, handler };
}

test('a good answer is passed on without our key, and what waited comes before the end', () => {
  const { calls, handler } = recording();
  const filter = withoutOwnKeys(handler, endpoint);
  filter.onHead(200, { 'openai-echo': 'Bearer sk-our-own-key', 'content-length': '30' });
  filter.onData(Buffer.from('a sk-our-own-key b'));
  filter.onData(Buffer.from('sk-our'));
  filter.onData(Buffer.from('-own'));
  filter.onEnd();
  const head = '200 {"openai-echo":"Bearer ***","content-length":"30"}';
  expect(calls).toEqual([head, 'a ************** b', 'sk-our-own', 'end']);
});

test('an answer that breaks off keeps what waited, too', () => {
  const { calls, handler } = recording();
  const filter = withoutOwnKeys(handler, endpoint);
  filter.onHead(299, {});
  filter.onData(Buffer.from('sk-o'));
  filter.onFailure({ kind: 'cut', reason: 'x' });
  expect(calls).toEqual(['299 {}', 'sk-o', 'cut']);
});

test('the body of a refusal is left to those who show it, its headers are not', () => {
  const { calls, handler } = recording();
  const filter = withoutOwnKeys(handler, endpoint);
  filter.onHead(300, { location: '/?key=sk-our-own-key' });
  filter.onData(Buffer.from('sk-our-own-key'));
  filter.onEnd();
  expect(calls).toEqual(['300 {"location":"/?key=***"}', 'sk-our-own-key', 'end']);
});

test('where there is no key of ours there is no filter', () => {
  const { handler } = recording();
  expect(withoutOwnKeys(handler, { ...endpoint, credential: { kind: 'forward' } })).toBe(handler);
  expect(withoutOwnKeys(handler, endpoint)).not.toBe(handler);
});
