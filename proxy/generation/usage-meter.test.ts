import { expect, test } from 'vitest';
import type { OutcomeKind } from '../core/outcome.ts';
import { chunk, COMPLETION, DONE, generationRequest, type RequestOptions } from './generation.fixture.ts';
import { UsageMeter } from './usage-meter.ts';

const streaming = { facts: { stream: true } };
const USAGE = chunk({}, null, { choices: [], usage: { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 } });

/** What an attempt of these chunks costs; `kept`: the whole log is there to be read. */
function meter(
  chunks: readonly string[],
  kind: OutcomeKind,
  kept: boolean,
  options: RequestOptions = streaming,
): UsageMeter {
  const one = new UsageMeter(generationRequest(options));
  for (const text of chunks) one.push(Buffer.from(text));
  one.ended({ kind }, undefined, kept ? chunks.map((text) => Buffer.from(text)) : undefined);
  return one;
}

test('what the endpoint said counts as it is', () => {
  const one = new UsageMeter(generationRequest());
  one.ended({ kind: 'ok' }, { complete: true, ended: true, encryptedItems: [], usage: { input: 1, output: 2 } }, []);
  expect([one.stated, one.estimated]).toEqual([{ input: 1, output: 2 }, undefined]);
});

test('usage that stood in a stream before it broke off counts, and in one that was not kept', () => {
  for (const kept of [true, false]) {
    const one = meter([chunk({ content: 'Hi' }), USAGE, DONE], 'cut', kept);
    expect([one.stated, one.estimated]).toEqual([{ input: 9, output: 3 }, undefined]);
  }
});

test('what is not billed costs nothing', () => {
  const one = meter([chunk({ content: 'Hi' })], 'server_error', true);
  expect([one.usage, one.stated, one.estimated]).toEqual([undefined, undefined, undefined]);
});

test('of a broken stream the tokens that came are counted: about one an event, more in a long one', () => {
  const long = 'x'.repeat(40);
  const one = meter([chunk({ role: 'assistant' }), chunk({ content: 'one' }), chunk({ content: long })], 'cut', true);
  expect(one.stated).toBeUndefined();
  expect(one.usage?.output).toBe(11);
  expect(one.usage?.input).toBe(Math.ceil('userHello'.length / 4));
});

test('of a broken stream that has said what its prompt costs only the answer is estimated', () => {
  const usage = { input_tokens: 10, cache_read_input_tokens: 500, cache_creation_input_tokens: 20, output_tokens: 1 };
  const event = (type: string, more: object): string =>
    `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;
  const start = event('message_start', { message: { id: 'msg_1', usage } });
  const word = event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'word ' } });
  for (const kept of [true, false]) {
    const one = meter([start, word, word, word], 'client_left', kept, {
      ...streaming,
      protocol: 'messages',
      body: { model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'Hello' }] },
    });
    expect(one.stated).toBeUndefined();
    expect(one.usage).toMatchObject({ input: 530, cachedInput: 500, cacheWrite: 20 });
    expect(one.usage?.output).toBeGreaterThan(0);
  }
});

test('of a stream that is not kept the last chunks stand for all', () => {
  const pieces = Array.from({ length: 100 }, () => chunk({ content: 'word ' }));
  expect(meter(pieces, 'client_left', false).usage?.output).toBe(100);
});

test('a body without usage is counted from its text', () => {
  const { usage: _usage, ...rest } = JSON.parse(COMPLETION) as Record<string, unknown>;
  const one = meter([JSON.stringify(rest)], 'ok', true, {});
  expect(one.stated).toBeUndefined();
  expect(one.usage?.output).toBeGreaterThan(0);
});

test('a body that broke off, and one that a client has left, cost their prompt', () => {
  for (const kind of ['cut', 'client_left'] as const) {
    expect(meter(['{"id":'], kind, true, {}).usage).toEqual({ input: 3, output: 0 });
    expect(meter([], kind, true, {}).usage).toEqual({ input: 3, output: 0 });
  }
});

test('embeddings have no output', () => {
  const body = { model: 'm', input: 'some text that is embedded' };
  const one = meter(['{"data":[]}'], 'ok', true, { protocol: 'embeddings', body });
  expect(one.usage).toEqual({ input: Math.ceil(body.input.length / 4), output: 0 });
});

test('attempts that are billed add up, details too, and what is estimated stands apart from what was stated', () => {
  const one = new UsageMeter(generationRequest());
  const facts = { complete: true, ended: true, encryptedItems: [] };
  one.ended({ kind: 'timeout_idle' }, undefined, []);
  one.ended({ kind: 'ok' }, { ...facts, usage: { input: 10, output: 20, cachedInput: 4 } }, []);
  one.ended({ kind: 'ok' }, { ...facts, usage: { input: 1, output: 1, cachedInput: 1, reasoning: 1 } }, []);
  expect(one.usage).toEqual({ input: 14, output: 21, cachedInput: 5, reasoning: 1 });
  expect(one.stated).toEqual({ input: 11, output: 21, cachedInput: 5, reasoning: 1 });
  expect(one.estimated).toEqual({ input: 3, output: 0 });
});

test('what one attempt delivered is not counted for the next', () => {
  const one = new UsageMeter(generationRequest(streaming));
  one.push(Buffer.from(chunk({ content: 'Hi' })));
  one.ended({ kind: 'server_error' }, undefined, undefined);
  one.ended({ kind: 'client_left' }, undefined, undefined);
  expect(one.usage?.output).toBe(0);
});

test('what counts tokens, lists or stores is not billed; what is made, or begun, is', () => {
  const answer = { complete: true, ended: true, encryptedItems: [], usage: { input: 0, output: 0 } };
  const body = { model: 'm', messages: [{ role: 'user', content: 'Hello' }] };
  const count = new UsageMeter(generationRequest({ protocol: 'messages.count_tokens', body }));
  expect(count.ended({ kind: 'ok' }, answer, [])).toEqual({ usage: answer.usage, estimated: false, billed: false });
  const passed = { family: 'files', model: undefined, inQuery: [], body: undefined, fresh: false };
  const ended = (billed?: 'now' | 'later', kind: OutcomeKind = 'ok') =>
    new UsageMeter({ ...generationRequest(), opaque: { ...passed, ...(billed ? { billed } : {}) } }).ended(
      { kind },
      undefined,
      undefined,
    );
  expect([ended(), ended('now'), ended('later'), ended('now', 'server_error')]).toEqual([
    { estimated: false, billed: false },
    { estimated: false, billed: true },
    { estimated: false, billed: true },
    { estimated: false, billed: false },
  ]);
});

test('a response that goes on in the background is not estimated by the answer that it was begun with', () => {
  const body = { model: 'm', input: 'Hello', background: true };
  const begun = new UsageMeter(generationRequest({ protocol: 'responses', body }));
  expect(begun.ended({ kind: 'ok' }, undefined, undefined)).toEqual({ estimated: false, billed: true });
  const usage = { input: 3, output: 4 };
  const whole = new UsageMeter(generationRequest({ protocol: 'responses', body }));
  const facts = { complete: true, ended: true, encryptedItems: [], usage };
  expect(whole.ended({ kind: 'ok' }, facts, undefined)).toMatchObject({ usage, billed: true });
});
