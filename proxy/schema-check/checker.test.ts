import { afterEach, expect, test } from 'vitest';
import type { JsonObject } from '../core/json.ts';
import { SchemaChecker } from './checker.ts';
import { completionOf, questionOf, valueOf } from './checker.fixture.ts';
import { ANSWER_LIMIT, CHECKER_LIMITS, type CheckerLimits } from './limits.ts';
import type { SchemaQuestion, SchemaVerdict } from './types.ts';

const open: SchemaChecker[] = [];
afterEach(() => {
  for (const checker of open.splice(0)) checker.close();
});

/** A checker with time enough for a machine that is busy with something else. */
function checkerWith(limits: Partial<CheckerLimits> = {}): SchemaChecker {
  const checker = new SchemaChecker({ checkMs: 20_000, ...limits });
  open.push(checker);
  return checker;
}

const NUMBER: JsonObject = { type: 'object', properties: { a: { type: 'number' } }, required: ['a'] };
const VALID: SchemaVerdict = { kind: 'valid' };
const unchecked = (why: string) => ({ kind: 'unchecked', why });

test.each<[string, Buffer, SchemaVerdict]>([
  ['a value that fits', valueOf({ a: 1 }), VALID],
  ['a value that fits, with white space around', completionOf('\n {"a": 1}\n'), VALID],
  ['a value that does not fit', valueOf({ a: 'x' }), { kind: 'invalid', reason: '/a must be number' }],
  ['words around the value', completionOf('Sure: {"a": 1}'), { kind: 'invalid', reason: 'the answer is not JSON' }],
  [
    'a fence around the value',
    completionOf('```json\n{"a": 1}\n```'),
    { kind: 'invalid', reason: 'the answer is not JSON' },
  ],
  ['half of a value', completionOf('{"a": '), { kind: 'invalid', reason: 'the answer is not JSON' }],
  ['no text', completionOf(' '), { kind: 'invalid', reason: 'the answer is empty' }],
  ['a refusal', Buffer.from('{"choices":[{"message":{"content":null,"refusal":"No."}}]}'), VALID],
  [
    'a second choice that does not fit',
    Buffer.from('{"choices":[{"message":{"content":"{\\"a\\":1}"}},{"message":{"content":"{}"}}]}'),
    { kind: 'invalid', reason: "the root must have required property 'a'" },
  ],
  ['no answer of the family', Buffer.from('{"output":[]}'), { kind: 'unchecked', why: 'unknown_answer' }],
  ['no JSON at all', Buffer.from('<html>'), { kind: 'unchecked', why: 'unknown_answer' }],
])('%s is judged in the process', async (_what, body, verdict) => {
  expect(await checkerWith().check(questionOf(NUMBER), body)).toEqual(verdict);
});

test('the body stays as it was', async () => {
  const body = valueOf({ a: 1 });
  const copy = Buffer.from(body);
  await checkerWith().check(questionOf(NUMBER), body);
  expect(body).toEqual(copy);
});

test('checks that come together are answered each with its own verdict, in one process', async () => {
  const checker = checkerWith();
  const verdicts = await Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      checker.check(questionOf({ ...NUMBER, title: `${index % 7}` }), valueOf({ a: index % 2 ? 1 : 'x' })),
    ),
  );
  expect(verdicts.map(({ kind }) => kind)).toEqual(
    Array.from({ length: 50 }, (_, index) => (index % 2 ? 'valid' : 'invalid')),
  );
});

test.each<[string, JsonObject, string]>([
  ['no schema', { type: 'text' }, 'invalid_schema'],
  ['a reference to elsewhere', { $ref: 'http://127.0.0.1:1/x' }, 'remote_ref'],
])('with %s an answer is not checked', async (_what, schema, why) => {
  expect(await checkerWith().check(questionOf(schema), valueOf(1))).toEqual(unchecked(why));
});

test('what is beyond a limit is not checked, and no process is started for it', async () => {
  const checker = checkerWith({ startMs: 0 });
  const large = questionOf({ title: 'x'.repeat(200_000) });
  expect(await checker.check(large, valueOf(1))).toEqual(unchecked('schema_too_large'));
  expect(await checker.check(questionOf(NUMBER), Buffer.alloc(ANSWER_LIMIT + 1))).toEqual(
    unchecked('answer_too_large'),
  );
});

/** A schema whose check doubles with each of its levels. */
function doubling(keyword: 'allOf' | 'anyOf', levels: number): JsonObject {
  const $defs: JsonObject = { d0: keyword === 'allOf' ? {} : { type: 'null' } };
  for (let level = 1; level <= levels; level += 1) {
    const below = { $ref: `#/$defs/d${level - 1}` };
    $defs[`d${level}`] = { [keyword]: [below, { ...below, title: 't' }] };
  }
  return { $ref: `#/$defs/d${levels}`, $defs };
}

const HOSTILE: readonly (readonly [string, JsonObject, Buffer])[] = [
  ['a pattern that backtracks', { pattern: '^(a+)+$' }, valueOf(`${'a'.repeat(60)}!`)],
  [
    'a pattern that backtracks, as a name',
    { patternProperties: { '^(a|a)*$': {} } },
    valueOf({ [`${'a'.repeat(60)}!`]: 1 }),
  ],
  ['allOf that doubles', doubling('allOf', 40), valueOf(1)],
  ['anyOf that doubles', doubling('anyOf', 40), valueOf(1)],
  [
    'items that are compared each with each',
    { uniqueItems: true },
    valueOf(Array.from({ length: 300_000 }, (_, n) => ({ n }))),
  ],
];

test.each(HOSTILE)('%s is cut, and the next check has a new process', async (_what, schema, body) => {
  const checker = checkerWith({ checkMs: CHECKER_LIMITS.checkMs });
  const before = performance.now();
  const [verdict, next] = await Promise.all([
    checker.check(questionOf(schema), body),
    checker.check(questionOf(NUMBER), valueOf({ a: 'x' })),
  ]);
  expect(verdict).toEqual(unchecked('out_of_time'));
  expect(next).toEqual({ kind: 'invalid', reason: '/a must be number' });
  expect(performance.now() - before).toBeGreaterThan(1_000);
});

test('a schema that was cut is avoided for a while: it does not hold others up again', async () => {
  const checker = checkerWith({ checkMs: 50, startMs: 10_000 });
  const [, schema, body] = HOSTILE[0]!;
  expect(await checker.check(questionOf(schema), body)).toEqual(unchecked('out_of_time'));
  expect(await checker.check(questionOf(schema), valueOf('a'))).toEqual(unchecked('out_of_time'));
  const forgetful = checkerWith({ checkMs: 50, avoidMs: 1 });
  expect(await forgetful.check(questionOf(schema), body)).toEqual(unchecked('out_of_time'));
  await expect.poll(() => forgetful.check(questionOf(schema), valueOf('a'))).toEqual(VALID);
});

test('an answer that fills the memory of the process ends that one alone', async () => {
  const checker = checkerWith();
  const huge = completionOf(`[${'{},'.repeat(5_500_000)}{}]`);
  expect(huge.length).toBeLessThan(ANSWER_LIMIT);
  expect(await checker.check(questionOf({ type: 'array' }), huge)).toEqual(unchecked('failed'));
  expect(await checker.check(questionOf(NUMBER), valueOf({ a: 1 }))).toEqual(VALID);
});

test('a value that is nested too deep for the stack is not checked', async () => {
  const node: JsonObject = { type: 'object', properties: { n: { $ref: '#' } } };
  const deep = completionOf(`${'{"n":'.repeat(200_000)}{}${'}'.repeat(200_000)}`);
  expect(await checkerWith().check(questionOf(node), deep)).toEqual(unchecked('failed'));
});

test('as many checks wait as there is room for; one that waits too long ends unchecked', async () => {
  const [, schema, body] = HOSTILE[0]!;
  const checker = checkerWith({ waiting: 2, waitMs: 100, checkMs: 60_000, startMs: 60_000 });
  const running = checker.check(questionOf(schema), body);
  const waiting = [1, 2].map(() => checker.check(questionOf(NUMBER), valueOf({ a: 1 })));
  expect(await checker.check(questionOf(NUMBER), valueOf({ a: 1 }))).toEqual(unchecked('queue_full'));
  expect(await Promise.all(waiting)).toEqual([unchecked('out_of_time'), unchecked('out_of_time')]);
  checker.close();
  expect(await running).toEqual(unchecked('closed'));
});

test('a process that does not start in time is given up', async () => {
  const checker = checkerWith({ startMs: 0, avoidMs: 1 });
  expect(await checker.check(questionOf(NUMBER), valueOf({ a: 1 }))).toEqual(unchecked('out_of_time'));
});

test('once closed, nothing is checked; what waits ends unchecked', async () => {
  const checker = checkerWith();
  const pending: Promise<SchemaVerdict>[] = [1, 2].map(() => checker.check(questionOf(NUMBER), valueOf({ a: 1 })));
  checker.close();
  expect(await Promise.all(pending)).toEqual([unchecked('closed'), unchecked('closed')]);
  expect(await checker.check(questionOf(NUMBER), valueOf({ a: 1 }))).toEqual(unchecked('closed'));
  checker.close();
});

test('every family is judged in its own form', async () => {
  const checker = checkerWith();
  const { schema, digest } = questionOf(NUMBER);
  const answers = {
    responses: { output: [{ type: 'message', content: [{ type: 'output_text', text: '{}' }] }] },
    messages: { content: [{ type: 'text', text: '{}' }] },
    gemini: { candidates: [{ content: { parts: [{ text: '{}' }] } }] },
  } as const;
  for (const family of ['responses', 'messages', 'gemini'] as const) {
    const question: SchemaQuestion = { family, schema, digest };
    const body = JSON.stringify(answers[family]);
    expect(await checker.check(question, Buffer.from(body))).toMatchObject({ kind: 'invalid' });
    expect(await checker.check(question, Buffer.from(body.replace('{}', String.raw`{\"a\":1}`)))).toEqual(VALID);
  }
});
