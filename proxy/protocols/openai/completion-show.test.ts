import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonObject } from '../../core/json.ts';
import { chatCompletions as chat } from './chat-completions.ts';
import { responses } from './responses.ts';
import { parseEvent } from '../../wire/sse-event.ts';

const all = { includeUsage: true, includeObfuscation: true };
const noUsage = { ...all, includeUsage: false };
const noObfuscation = { ...all, includeObfuscation: false };
const neither = { includeUsage: false, includeObfuscation: false };
const show = (text: string, view = neither) => chat.show(Buffer.from(text), view)?.toString();
const chunk = (tail: string) =>
  `data: {"id":"c","choices":[{"index":0,"delta":{"content":"a,\\"usage\\":null"}}]${tail}}\n\n`;

test.each([
  [noUsage, chunk(',"usage":null,"obfuscation":"aB3"'), chunk(',"obfuscation":"aB3"')],
  [noUsage, chunk(',"usage":null'), chunk('')],
  [noObfuscation, chunk(',"usage":null,"obfuscation":""'), chunk(',"usage":null')],
  [neither, chunk(',"usage":null,"obfuscation":"x"'), chunk('')],
  [neither, chunk(',"obfuscation":"x"'), chunk('')],
  [neither, chunk(',"obfuscation":"x","usage":null'), chunk('')],
  [noUsage, chunk(',"obfuscation":"x","usage":null'), chunk(',"obfuscation":"x"')],
  [neither, chunk(', "usage": null, "model": "m"'), chunk(', "model": "m"')],
  [neither, 'data: {"usage":null}\r\n\r\n', 'data: {}\r\n\r\n'],
  [neither, 'data:{"usage":null,"a":1}\r\r', 'data:{"a":1}\r\r'],
  [neither, ': c\nid: 1\ndata: {"a":[1.0],"usage":null}\n\n', ': c\nid: 1\ndata: {"a":[1.0]}\n\n'],
  [neither, 'data: {"a":1,\ndata: "usage":null,"b":2}\n\n', 'data: {"a":1,\ndata: "b":2}\n\n'],
])('for %j %j becomes %j', (view, event, shown) => {
  expect(show(event, view)).toBe(shown);
});

test('the usage chunk is dropped for those who did not ask, and only that', () => {
  const usage = 'data: {"id":"c","choices":[],"usage":{"prompt_tokens":1},"obfuscation":"x"}\n\n';
  expect(show(usage, noUsage)).toBeUndefined();
  expect(show(usage.replace('[]', '[ ]'), neither)).toBeUndefined();
  expect(show(usage, noObfuscation)).toBe(usage.replace(',"obfuscation":"x"', ''));
  for (const choices of ['"choices":null,', '']) {
    expect(show(usage.replace('"choices":[],', choices), noUsage)).toBeUndefined();
  }
  const kept = 'data: {"choices":[],"moderation":{}}\n\n';
  expect(show(kept, noUsage)).toBe(kept);
});

test('usage beside the choices of a chunk is hidden without them', () => {
  for (const usage of ['{"prompt_tokens":1}', '{ }']) {
    expect(show(chunk(`,"usage":${usage},"p":"x"`), noUsage)).toBe(chunk(',"p":"x"'));
    expect(show(chunk(`,"usage":${usage}`), all)).toBe(chunk(`,"usage":${usage}`));
  }
});

test('the same buffer comes back where nothing changes', () => {
  const texts = [
    chunk(''),
    chunk(',"nested":{"usage":null,"obfuscation":"x"}'),
    chunk(',"nested":[{"usage":null}]'),
    'data: [DONE]\n\n',
    ': "usage":null\n\n',
    'data: {"delta":"\\"obfuscation\\":\\"x\\""}\n\n',
    'data: not "usage":null}\n\n',
  ];
  for (const event of texts.map((text) => Buffer.from(text))) {
    expect(chat.show(event, neither)).toBe(event);
    expect(responses.show(event, neither)).toBe(event);
  }
  const full = Buffer.from(chunk(',"usage":null,"obfuscation":"x"'));
  expect(chat.show(full, all)).toBe(full);
});

test('of a Responses event only obfuscation is taken off, wherever it stands', () => {
  const event = (obfuscation: string) =>
    Buffer.from(
      `event: response.output_text.delta\ndata: {"type":"x","delta":"\\"obfuscation\\":\\"\\",",${obfuscation}"usage":null,"n":1.0}\n\n`,
    );
  expect(responses.show(event('"obfuscation":"abc",'), neither)?.toString()).toBe(event('').toString());
  const kept = event('"obfuscation":"abc",');
  expect(responses.show(kept, noUsage)).toBe(kept);
});

const isUsage = (value: unknown) => typeof value === 'object' && !Array.isArray(value);

test('for any chunk the shown one is the parsed one without those members', () => {
  const key = fc.constantFrom('usage', 'obfuscation', 'choices', 'x', 'a,"usage":null', '"obfuscation":"x"');
  const value = fc.oneof(
    fc.constantFrom(null, '', 'aB1', ',"usage":null', '"obfuscation":"a"}', '}', '\\'),
    fc.constant([]),
    fc.constant({ prompt_tokens: 1 }),
    fc.constant({ usage: null, obfuscation: 'x' }),
  );
  const object = fc
    .uniqueArray(fc.tuple(key, value), { selector: ([name]) => name })
    .map((entries) => Object.fromEntries(entries) as JsonObject);
  const views = fc.record({ includeUsage: fc.boolean(), includeObfuscation: fc.boolean() });
  fc.assert(
    fc.property(object, fc.constantFrom(undefined, 1), views, (before, indent, view) => {
      const event = Buffer.from(`${JSON.stringify(before, null, indent).replaceAll(/^/gm, 'data: ')}\n\n`);
      const expected: JsonObject = { ...before };
      if (!view.includeObfuscation) delete expected['obfuscation'];
      if (!view.includeUsage && isUsage(expected['usage'])) delete expected['usage'];
      const shown = chat.show(event, view);
      const { choices, usage } = before;
      const dropped =
        !view.includeUsage &&
        (choices === undefined || choices === null || (Array.isArray(choices) && choices.length === 0)) &&
        !Array.isArray(usage) &&
        typeof usage === 'object' &&
        usage !== null;
      expect(shown === undefined).toBe(dropped);
      if (shown !== undefined) expect(JSON.parse(parseEvent(shown).data)).toEqual(expected);
    }),
    { numRuns: 5000 },
  );
});
