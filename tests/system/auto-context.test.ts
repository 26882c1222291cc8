import { describe, expect, test } from 'vitest';
import { ask, askAs, expectOk, pickOf, type Family } from './auto-ask.ts';
import { autoBed, SEVEN_CATALOG, SEVEN_MODELS, type AutoBed, type SevenModel } from './auto-bed.ts';
import { errorOf, type RawAnswer } from './http.ts';

const [FIRST] = SEVEN_MODELS as [SevenModel];

/** Models with these windows, and no others. */
function bedOf(windows: Partial<Record<SevenModel, number>>): Promise<AutoBed> {
  const changed = Object.entries(windows).map(([model, window]) => [
    model,
    { ...SEVEN_CATALOG[model], context_window: window },
  ]);
  const catalog = { ...SEVEN_CATALOG, ...Object.fromEntries(changed) };
  return autoBed({ config: { catalog, auto: { models: Object.keys(windows) } } });
}

const truncation = { truncation: 'auto' };
const isTruncated = ({ headers }: RawAnswer): unknown => headers['x-llmproxy-truncated'];

async function sentTo(bed: AutoBed, model: SevenModel = FIRST): Promise<Record<string, unknown>> {
  return (await bed.requests(model)).at(-1)?.body as Record<string, unknown>;
}

/** The text of the last message of a chat that went upstream. */
async function textSent(bed: AutoBed, model?: SevenModel): Promise<string> {
  const { messages } = (await sentTo(bed, model)) as { messages: { content: string }[] };
  return messages.at(-1)!.content;
}

/** What the contract says of a text that is cut for so many code points. */
function expectCut(text: string, original: string, limit: number): void {
  expect(Array.from(text).length).toBeLessThanOrEqual(limit);
  const kept = Array.from(original)
    .slice(0, limit - 100)
    .join('');
  expect(text.startsWith(kept)).toBe(true);
  const notice = text.slice(kept.length);
  expect(notice).toContain('truncated');
  expect(Array.from(notice).length).toBeLessThanOrEqual(100);
}

/** 1,500 characters, none of which is like its neighbours. */
const LONG = Array.from({ length: 300 }, (_none, index) => String(index).padStart(5, '.')).join('');

describe('a prompt that is too long', () => {
  test('without `truncation` is refused with what it needs and what there is', async () => {
    const bed = await bedOf({ 'deepseek-chat': 500, 'gpt-4o-mini': 400 });
    const answer = await ask(bed.url, LONG, { more: { max_tokens: 250 } });
    expect(answer.status).toBe(400);
    const { code, message } = errorOf(answer);
    expect(code).toBe('context_length_exceeded');
    expect(message).toMatch(/\b625\b.*\b500\b/);
    expect(await bed.called()).toEqual([]);
  });

  test.each(['disabled', 'always', 1])('and so with `truncation: %s`', async (value) => {
    const bed = await bedOf({ 'deepseek-chat': 500 });
    const answer = await ask(bed.url, LONG, { more: { max_tokens: 250, truncation: value } });
    expect([answer.status, errorOf(answer)['code']]).toEqual([400, 'context_length_exceeded']);
  });

  test.each([
    ['the output limit is the reserve', { max_tokens: 250 }, 1_000],
    ['a smaller one leaves more', { max_completion_tokens: 200 }, 1_200],
    ['a larger one is at most half of the window', { max_tokens: 490 }, 1_000],
  ])('is cut: %s', async (_what, more, limit) => {
    const bed = await bedOf({ 'deepseek-chat': 500 });
    const answer = expectOk(await ask(bed.url, LONG, { more: { ...more, ...truncation } }));
    expect(isTruncated(answer)).toBe('true');
    expectCut(await textSent(bed), LONG, limit);
    expect(await sentTo(bed), 'taken off before a chat upstream').not.toHaveProperty('truncation');
    expect(pickOf(answer)).toMatchObject({ model: FIRST });
  });

  test('without an output limit 1,000 tokens are kept free, or half of the window', async () => {
    const text = LONG.repeat(10);
    const large = await bedOf({ 'deepseek-chat': 3_000 });
    expectOk(await ask(large.url, text, { more: truncation }));
    expectCut(await textSent(large), text, 8_000);
    const small = await bedOf({ 'deepseek-chat': 500 });
    expectOk(await ask(small.url, text, { more: truncation }));
    expectCut(await textSent(small), text, 1_000);
  });

  test('is counted and cut by code points', async () => {
    const bed = await bedOf({ 'deepseek-chat': 500 });
    const text = '😀é'.repeat(750);
    expectOk(await ask(bed.url, text, { more: { max_tokens: 250, ...truncation } }));
    expectCut(await textSent(bed), text, 1_000);
  });

  test('the largest window among the models that pass every other filter counts', async () => {
    const bed = await bedOf({ 'deepseek-chat': 500, 'gpt-4o-mini': 700, 'deepseek-v3.2-speciale': 900 });
    const tools = [{ type: 'function', function: { name: 'f' } }];
    const text = LONG.repeat(3);
    expectOk(await ask(bed.url, text, { more: { max_tokens: 200, tools, ...truncation } }));
    expect(await bed.called()).toEqual(['gpt-4o-mini']);
    const used = JSON.stringify(tools[0]).length;
    expectCut(await textSent(bed, 'gpt-4o-mini'), text, 2_000 - used);
  });

  test('the rest of the request stays as it is, and leaves less for the text', async () => {
    const bed = await bedOf({ 'deepseek-chat': 500 });
    const messages = [
      { role: 'system', content: 'x'.repeat(300) },
      { role: 'user', content: 'an earlier question' },
      { role: 'assistant', content: 'its answer' },
      { role: 'user', content: LONG },
    ];
    expectOk(await ask(bed.url, '', { more: { messages, max_tokens: 250, ...truncation } }));
    const sent = (await sentTo(bed)) as { messages: object[] };
    expect(sent.messages.slice(0, 3)).toEqual(messages.slice(0, 3));
    expectCut(await textSent(bed), LONG, 1_000 - 329);
  });

  test('a rest that leaves less than 100 tokens is refused', async () => {
    const bed = await bedOf({ 'deepseek-chat': 500 });
    const asked = (system: number): object => ({
      messages: [
        { role: 'system', content: 'x'.repeat(system) },
        { role: 'user', content: LONG },
      ],
      max_tokens: 250,
      ...truncation,
    });
    expectOk(await ask(bed.url, '', { more: asked(600) }));
    const answer = await ask(bed.url, '', { more: asked(601) });
    expect([answer.status, errorOf(answer)['code']]).toEqual([400, 'context_length_exceeded']);
    expect(isTruncated(answer)).toBeUndefined();
  });

  test('streams are cut alike', async () => {
    const bed = await bedOf({ 'deepseek-chat': 500 });
    const answer = expectOk(await ask(bed.url, LONG, { stream: true, more: { max_tokens: 250, ...truncation } }));
    expect(isTruncated(answer)).toBe('true');
    expectCut(await textSent(bed), LONG, 1_000);
  });
});

test('what fits is not cut, and `truncation` is taken off all the same', async () => {
  const bed = await bedOf({ 'deepseek-chat': 500 });
  for (const stream of [false, true]) {
    const answer = expectOk(await ask(bed.url, 'hello', { stream, more: { max_tokens: 250, ...truncation } }));
    expect(isTruncated(answer)).toBeUndefined();
    expect(await textSent(bed)).toBe('hello');
    expect(await sentTo(bed)).not.toHaveProperty('truncation');
  }
});

test('a text that is short enough for a larger model goes there whole', async () => {
  const bed = await bedOf({ 'deepseek-chat': 500, 'gpt-4o-mini': 2_000 });
  const answer = expectOk(await ask(bed.url, LONG, { more: { max_tokens: 250, ...truncation } }));
  expect(isTruncated(answer)).toBeUndefined();
  expect(await bed.called()).toEqual(['gpt-4o-mini']);
  expect(await textSent(bed, 'gpt-4o-mini')).toBe(LONG);
});

describe('in the other families', () => {
  const LIMITS: Readonly<Record<Exclude<Family, 'chat'>, object>> = {
    responses: { max_output_tokens: 250 },
    messages: { max_tokens: 250 },
    gemini: { generationConfig: { maxOutputTokens: 250 } },
  };

  test.each(Object.entries(LIMITS))('%s', async (family, more) => {
    const bed = await bedOf({ 'deepseek-chat': 500 });
    const asked = { more: { ...more, ...truncation } };
    const answer = expectOk(await askAs(family as Family, bed.url, LONG, asked));
    expect(isTruncated(answer)).toBe('true');
    const sent = await sentTo(bed);
    if (family === 'responses') {
      // It is a member of the Responses API, which upstream knows.
      expect(sent).toMatchObject({ truncation: 'auto' });
      expectCut(String(sent['input']), LONG, 1_000);
    } else {
      expectCut(await textSent(bed), LONG, 1_000);
      expect(sent).not.toHaveProperty('truncation');
    }
  });
});

test('the member of a request that names its model is upstream’s', async () => {
  const bed = await bedOf({ 'deepseek-chat': 500 });
  expectOk(await ask(bed.url, LONG, { model: FIRST, more: truncation }));
  expect(await sentTo(bed)).toMatchObject({ truncation: 'auto' });
});
