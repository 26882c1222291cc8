import { expect, test } from 'vitest';
import { type MemoEntry, RequestMemo } from './request-memo.ts';

const entry = { keys: new Map() } as unknown as MemoEntry;
const body = Buffer.from('{"model":"m"}');

test('a body is remembered from its second time on', () => {
  const memo = new RequestMemo();
  const digest = memo.digest('responses', body);
  memo.set(digest, entry);
  expect(memo.get(digest)).toBeUndefined();
  memo.set(digest, entry);
  expect(memo.get(digest)).toBe(entry);
});

test('the same bytes mean something else to another operation', () => {
  const memo = new RequestMemo();
  expect(memo.digest('responses', body)).not.toBe(memo.digest('chat.completions', body));
});

test('any other byte is another body', () => {
  const memo = new RequestMemo();
  const other = Buffer.from('{"model":"n"}');
  for (const _time of [1, 2]) memo.set(memo.digest('responses', body), entry);
  expect(memo.get(memo.digest('responses', other))).toBeUndefined();
});
