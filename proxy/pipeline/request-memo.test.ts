import { expect, test } from 'vitest';
import { entryOfBody, type MemoEntry, RequestMemo } from './request-memo.ts';

const entry = {} as MemoEntry;
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
  for (const _time of [1, 2]) memo.set(memo.digest('responses', body), entry);
  expect(memo.get(memo.digest('chat.completions', body))).toBeUndefined();
});

test('any other byte is another body', () => {
  const memo = new RequestMemo();
  const other = Buffer.from('{"model":"n"}');
  for (const _time of [1, 2]) memo.set(memo.digest('responses', body), entry);
  expect(memo.get(memo.digest('responses', other))).toBeUndefined();
});

test('a checksum alone is no proof: two bodies that share one are told apart', () => {
  const memo = new RequestMemo();
  const digest = memo.digest('responses', body);
  for (const _time of [1, 2]) memo.set(digest, entry);
  expect(memo.get({ ...digest, chunks: [Buffer.from('{"model":"n"}')] })).toBeUndefined();
  expect(memo.get({ ...digest, operation: 'completions' })).toBeUndefined();
  expect(memo.get({ ...digest, chunks: [Buffer.from(body)] })).toBe(entry);
});

test('a body that is changed later in the buffer it came in is not confused with the one that was remembered', () => {
  const memo = new RequestMemo();
  const reused = Buffer.from(body);
  for (const _time of [1, 2]) memo.set(memo.digest('responses', reused), entry);
  reused.write('[', 0);
  expect(memo.get(memo.digest('responses', body))).toBe(entry);
});

test('a body is the same in however many pieces it comes', () => {
  const memo = new RequestMemo();
  for (const _time of [1, 2]) memo.set(memo.digest('responses', body.subarray(0, 4), body.subarray(4)), entry);
  expect(memo.get(memo.digest('responses', body))).toBe(entry);
  expect(memo.get(memo.digest('responses', body.subarray(0, 7), body.subarray(7)))).toBe(entry);
  expect(memo.get(memo.digest('responses', body.subarray(0, 7)))).toBeUndefined();
});

test('the entry of a body that was made of another one has nothing of that body but what holds for both', () => {
  const long = {
    ...entry,
    sampled: true,
    ambiguous: false,
    losesDigits: false,
    keys: new Map([['a', 'b']]),
  } as MemoEntry;
  const made = entryOfBody(long, { facts: long.facts, scan: long.scan });
  expect(made).toMatchObject({ sampled: true, ambiguous: false });
  expect(made).not.toHaveProperty('keys');
  expect(made).not.toHaveProperty('losesDigits');
});
