import { expect, test } from 'vitest';
import { fillOwnFields, findOwnFields, isSameCaller, ownFieldsOf } from './own-fields.ts';

const ALICE = ownFieldsOf({
  user: 'alice',
  metadata: { b: '2', a: '1' },
  safety_identifier: 's',
  prompt_cache_key: 'p',
});
const BOB = ownFieldsOf({ user: 'bob"é', metadata: { run: 'B' } });
const NONE = ownFieldsOf({});

type Fields = ReturnType<typeof ownFieldsOf>;

function body(bytes: string, own: Fields): string {
  const buffer = Buffer.from(bytes);
  const filled = fillOwnFields(buffer, findOwnFields(buffer, 'body'), own);
  if (filled.toString() === bytes) expect(filled).toBe(buffer);
  return filled.toString();
}

function stream(bytes: string, own: Fields): string {
  const buffer = Buffer.from(bytes);
  const filled = fillOwnFields(buffer, findOwnFields(buffer, 'stream'), own);
  if (filled.toString() === bytes) expect(filled).toBe(buffer);
  return filled.toString();
}

const OF_ALICE = `{"id":"r", "user" : "alice","metadata":{"a":"1", "b":"2"},"safety_identifier":"s","prompt_cache_key":"p","x":{"user":"alice"}}`;

test('a body gets the fields of its reader and keeps every other byte', () => {
  expect(body(OF_ALICE, BOB)).toBe(
    `{"id":"r", "user" : "bob\\"é","metadata":{"run":"B"},"safety_identifier":null,"prompt_cache_key":null,"x":{"user":"alice"}}`,
  );
  expect(body(OF_ALICE, NONE)).toBe(
    `{"id":"r", "user" : null,"metadata":{},"safety_identifier":null,"prompt_cache_key":null,"x":{"user":"alice"}}`,
  );
});

test('a body is left alone for the caller it was made for, whatever the spelling of the values', () => {
  expect(body(OF_ALICE, ALICE)).toBe(OF_ALICE);
  expect(body(OF_ALICE.replace('"alice","m', String.raw`"\u0061lice","m`), ALICE)).toContain(String.raw`"\u0061lice"`);
});

test.each([
  ['{"user":null,"metadata":{},"safety_identifier":null,"prompt_cache_key":null}', {}],
  ['{"user":null,"metadata":null}', { metadata: {} }],
  ['{"user":null,"metadata":{ }}', { metadata: null, user: null }],
])('a field that is empty in %s is left alone where the caller has none', (bytes, request) => {
  expect(body(bytes, ownFieldsOf(request))).toBe(bytes);
});

test('fields that the answer does not repeat are not added', () => {
  for (const bytes of ['{"id":"r"}', '{"id":"r","output":[{"user":"alice"}]}', '[]', '"user"', '{"user"']) {
    expect(body(bytes, BOB)).toBe(bytes);
  }
});

test('every event that carries a response gets the fields of its reader', () => {
  const events = (user: string): string =>
    [
      `event: response.created\ndata: {"type":"response.created","response":{"id":"r","user":${user},"output":[]}}\n\n`,
      `event: response.output_text.delta\ndata: {"type":"response.output_text.delta","delta":"\\"response\\" \\"user\\""}\n\n`,
      `data: {"response": {"user" : ${user}} ,"sequence_number":3,"user":${user}}\r\n\r\n`,
      ': "user"\n\n',
    ].join('');
  expect(stream(events('"alice"'), BOB)).toBe(events('"bob\\"é"'));
  expect(stream(events('"alice"'), NONE)).toBe(events('null'));
  expect(stream(events('"alice"'), ALICE)).toBe(events('"alice"'));
});

test('a value that is spread over several data lines is replaced whole', () => {
  const event = 'data: {"response":{"metadata":{\ndata: "a":"1",\ndata: "b":"3"},\ndata: "user":"alice"\ndata: }}\n\n';
  expect(stream(event, BOB)).toBe('data: {"response":{"metadata":{"run":"B"},\ndata: "user":"bob\\"é"\ndata: }}\n\n');
});

test('a response within a response is not looked into', () => {
  const bytes = '{"response":{"response":{"user":"alice"},"user":"alice"}}';
  expect(body(bytes, BOB)).toBe('{"response":{"response":{"user":"alice"},"user":"bob\\"é"}}');
});

test('an answer that is nested deeper than a request may be is read all the same', () => {
  const deep = `${'['.repeat(100)}${']'.repeat(100)}`;
  expect(body(`{"tools":${deep},"user":"alice"}`, BOB)).toBe(`{"tools":${deep},"user":"bob\\"é"}`);
});

test('values of any type are told apart', () => {
  expect(body('{"user":5}', ownFieldsOf({ user: 5 }))).toBe('{"user":5}');
  expect(body('{"user":5}', ownFieldsOf({ user: '5' }))).toBe('{"user":"5"}');
  expect(body('{"user":tru}', ownFieldsOf({ user: 'x' }))).toBe('{"user":"x"}');
});

test('two callers are the same when each field means the same', () => {
  expect(isSameCaller(ALICE, ownFieldsOf({ ...JSON.parse(OF_ALICE), metadata: { a: '1', b: '2' } }))).toBe(true);
  expect(isSameCaller(NONE, ownFieldsOf({ user: null, metadata: {} }))).toBe(true);
  expect(isSameCaller(undefined, NONE)).toBe(true);
  expect(isSameCaller(NONE, undefined)).toBe(true);
  expect(isSameCaller(undefined, undefined)).toBe(true);
  expect(isSameCaller(ALICE, undefined)).toBe(false);
  expect(isSameCaller(undefined, BOB)).toBe(false);
  for (const name of Object.keys(ALICE)) expect(isSameCaller(ALICE, { ...ALICE, [name]: '"other"' })).toBe(false);
});
