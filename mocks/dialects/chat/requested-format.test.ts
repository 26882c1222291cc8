import type { ChatCompletion, ChatCompletionChunk } from 'openai/resources/chat/completions';
import { describe, expect, test } from 'vitest';
import { PromptCache } from '../../generation/prompt-cache.ts';
import { createTokenizer } from '../../generation/tokenizer.ts';
import type { DialectContext } from '../reply.ts';
import { bodyOf, call, dataOf, testContext } from '../testing.ts';

const tokenizer = createTokenizer();
const user = (content: unknown) => [{ role: 'user', content }];
const ask = (body: object, context: DialectContext = testContext()) =>
  bodyOf(
    call('chat.completions', { body: { model: 'gpt-4o', messages: user('Count from 1 to 5'), ...body } }, context),
  ) as ChatCompletion;
const stream = (body: object, context: DialectContext = testContext()) =>
  dataOf(
    call(
      'chat.completions',
      { body: { model: 'gpt-4o', messages: user('Count from 1 to 5'), stream: true, ...body } },
      context,
    ),
  ) as readonly ChatCompletionChunk[];
const text = (body: object) => ask(body).choices[0]!.message.content;
const id = (token: string) => String(tokenizer.ids(token, 'o200k_base')[0]);

describe('logit_bias', () => {
  test('-100 bans a token', () => {
    expect(text({ messages: user('2+2') })).toBe('4');
    expect(text({ messages: user('2+2'), logit_bias: { [id('4')]: -100 } })).toBe('');
    expect(text({ logit_bias: { [id('3')]: -100 } })).not.toContain('3');
  });

  test('100 forces a token, as often as the limit allows', () => {
    const forced = ask({ logit_bias: { [id('yes')]: 100 }, max_completion_tokens: 3 });
    expect(forced.choices[0]).toMatchObject({ message: { content: 'yesyesyes' }, finish_reason: 'length' });
    expect(text({ logit_bias: { [id('yes')]: 100 } })).toBe('yes');
  });

  test('what lies between changes nothing', () => {
    expect(text({ logit_bias: { [id('1')]: -99, [id('yes')]: 99 } })).toBe(text({}));
  });
});

test('verbosity makes an answer shorter or longer, not the answer to a known question', () => {
  const long = 'Explain in many words what a proxy does and why a team would want one of them';
  const length = (verbosity: string) => text({ model: 'gpt-5', messages: user(long), verbosity })!.length;
  expect(length('low')).toBeLessThan(length('medium'));
  expect(length('high')).toBeGreaterThan(length('medium'));
  expect(text({ messages: user('capital of France'), verbosity: 'high' })).toBe('Paris');
});

test('the same request has the same content, at temperature 0 and with a seed', () => {
  const wished = { temperature: 0, seed: 7, messages: user('Say anything at all') };
  const context = () =>
    testContext({ random: { next: Math.random, alnum: (n) => 'x'.repeat(n), hex: (n) => '0'.repeat(n) } });
  expect(ask(wished, context()).choices).toEqual(ask(wished, context()).choices);
});

test('texts differ from call to call where that is wanted, unless temperature or seed forbid it', () => {
  const texts = (over: object, ...numbers: readonly (number | undefined)[]) =>
    numbers.map((variation) => {
      const body = { messages: user('Tell me something'), ...over };
      return ask(body, testContext({ variation })).choices[0]!.message.content;
    });
  expect(new Set(texts({}, 1, 2, 3, 4, 5, 6, 7, 8, 9)).size).toBe(9);
  for (const over of [{ temperature: 0 }, { seed: 7 }]) expect(new Set(texts(over, 1, 2, 3)).size).toBe(1);
  expect(texts({}, undefined, undefined)).toEqual(Array(2).fill('Mock response to: Tell me something'));
  expect(new Set(texts({ messages: user('Say exactly "pong"') }, 1, 2, 3))).toEqual(new Set(['pong']));
  expect(new Set(texts({ messages: user('Describe snow in five words') }, 1, 2, 3)).size).toBe(1);
});

describe('a predicted output', () => {
  const prediction = (content: unknown) => ask({ prediction: { type: 'content', content } }).usage!;

  test('that came true is accepted and costs nothing more', () => {
    const plain = ask({}).usage!;
    const usage = prediction('1\n2\n3\n4\n5');
    expect(usage.completion_tokens).toBe(plain.completion_tokens);
    expect(usage.completion_tokens_details).toMatchObject({
      accepted_prediction_tokens: plain.completion_tokens,
      rejected_prediction_tokens: 0,
    });
  });

  test('that differs in the middle is accepted around it, and what was wrong is billed', () => {
    const usage = prediction([{ type: 'text', text: '1\n2\n9\n4\n5' }]);
    const details = usage.completion_tokens_details!;
    expect(details.rejected_prediction_tokens).toBe(1);
    expect(details.accepted_prediction_tokens).toBe(8);
    expect(usage.completion_tokens).toBe(ask({}).usage!.completion_tokens + 1);
  });
});

describe('sound', () => {
  const wanted = {
    model: 'gpt-4o-audio-preview',
    modalities: ['text', 'audio'],
    audio: { voice: 'alloy', format: 'wav' },
  };

  test('is a playable WAV with the text as transcript, and is counted', () => {
    const answer = ask(wanted);
    const { message } = answer.choices[0]!;
    expect(message).toMatchObject({ content: null, audio: { transcript: '1\n2\n3\n4\n5' } });
    const bytes = Buffer.from(message.audio!.data, 'base64');
    expect([bytes.toString('latin1', 0, 4), bytes.readUInt32LE(4)]).toEqual(['RIFF', bytes.length - 8]);
    expect(answer.usage!.completion_tokens_details!.audio_tokens).toBeGreaterThan(0);
  });

  test('streams its transcript, then its bytes, then its expiry', () => {
    const audio = stream({ ...wanted, audio: { voice: 'alloy', format: 'pcm16' } })
      .map((chunk) => (chunk.choices[0]!.delta as { audio?: { data?: string; transcript?: string } }).audio)
      .filter((part) => part !== undefined);
    expect(audio.map((part) => part.transcript ?? '').join('')).toBe('1\n2\n3\n4\n5');
    expect(Buffer.from(audio.map((part) => part.data ?? '').join(''), 'base64').length).toBeGreaterThan(1000);
    expect(audio.at(-1)).toEqual({ expires_at: expect.any(Number) as number });
  });

  test('that comes in is counted by its length', () => {
    const wav = Buffer.alloc(48_044);
    wav.write('RIFF');
    wav.writeUInt32LE(48_000, 28);
    const part = { type: 'input_audio', input_audio: { data: wav.toString('base64'), format: 'wav' } };
    const usage = ask({ messages: user([{ type: 'text', text: 'What is this?' }, part]) }).usage!;
    expect(usage.prompt_tokens_details!.audio_tokens).toBe(11);
    expect(usage.prompt_tokens).toBe(ask({ messages: user('What is this?') }).usage!.prompt_tokens + 4 + 11);
  });
});

test('web search cites a page, also in the stream', () => {
  const cited = { type: 'url_citation', url_citation: { start_index: 0, end_index: 9 } };
  expect(ask({ web_search_options: {} }).choices[0]!.message.annotations).toMatchObject([cited]);
  const deltas = stream({ model: 'gpt-4o-search-preview' }).map((chunk) => chunk.choices[0]!.delta);
  expect(deltas.filter((delta) => 'annotations' in delta)).toMatchObject([{ annotations: [cited] }]);
  expect(ask({}).choices[0]!.message.annotations).toEqual([]);
});

test('a custom tool with a grammar is called with a sentence of it', () => {
  const grammar = { syntax: 'lark', definition: 'start: "add " INT\n%import common.INT' };
  const custom = { name: 'calculate', format: { type: 'grammar', grammar } };
  const { message } = ask({ model: 'gpt-5', tool_choice: 'required', tools: [{ type: 'custom', custom }] }).choices[0]!;
  expect(message.tool_calls).toMatchObject([{ type: 'custom', custom: { name: 'calculate', input: 'add 1' } }]);
});

test('logprobs of a refusal stand beside it', () => {
  const context = testContext({ scripted: { refusal: 'No.' } });
  expect(ask({ logprobs: true }, context).choices[0]!.logprobs).toMatchObject({
    content: null,
    refusal: [{ token: 'No', bytes: [78, 111] }, { token: '.' }],
  });
});

describe('tokens', () => {
  const prompt = (messages: unknown, more: object = {}) => ask({ messages, ...more }).usage!.prompt_tokens;

  test('of a function are those of the cookbook’s formula', () => {
    const parameters = {
      type: 'object',
      properties: {
        location: { type: 'string', description: 'The city and state, e.g. San Francisco, CA' },
        unit: { type: 'string', description: 'The unit of temperature to return', enum: ['celsius', 'fahrenheit'] },
      },
      required: ['location'],
    };
    const description = 'Get the current weather in a given location.';
    const tools = [{ type: 'function', function: { name: 'get_current_weather', description, parameters } }];
    const messages = [
      { role: 'system', content: 'You are a helpful assistant that can answer to questions about the weather.' },
      { role: 'user', content: "What's the weather like in Pittsburgh today?" },
    ];
    // The cookbook's own example: 101 for gpt-4o, 105 for gpt-4.
    expect(prompt(messages, { tools })).toBe(101);
    expect(prompt(messages, { tools, model: 'gpt-4' })).toBe(105);
  });

  test('of images follow from their size and detail', () => {
    const png = (width: number, height: number) => {
      const head = Buffer.alloc(64);
      head.writeUInt32BE(0x89504e47, 0);
      head.writeUInt32BE(width, 16);
      head.writeUInt32BE(height, 20);
      return `data:image/png;base64,${head.toString('base64')}`;
    };
    const cost = (url: string, detail = 'auto', model = 'gpt-4o') =>
      prompt(user([{ type: 'image_url', image_url: { url, detail } }]), { model }) - prompt(user(''), { model });
    // The provider's examples: 1024² → 765, 2048×4096 → 1105, low → 85; patches: 1024² → 1024, 1800×2400 → 1452.
    expect(cost(png(1024, 1024))).toBe(765);
    expect(cost(png(2048, 4096))).toBe(1105);
    expect(cost(png(4096, 8192), 'low')).toBe(85);
    expect(cost('https://example.com/cat.jpg')).toBe(765);
    expect(cost(png(1024, 1024), 'auto', 'gpt-4.1-mini')).toBe(Math.ceil(1024 * 1.62));
    expect(cost(png(1800, 2400), 'auto', 'o4-mini')).toBe(Math.ceil(1452 * 1.72));
  });
});

describe('cached tokens', () => {
  const words = (count: number) => Array.from({ length: count }, (_, at) => `word${at}`).join(' ');
  const system = words(800);
  const cached = (context: DialectContext, question: string, more: object = {}) =>
    ask({ messages: [{ role: 'system', content: system }, ...user(question)], ...more }, context).usage!
      .prompt_tokens_details!.cached_tokens!;

  test('are those of the longest common beginning, in steps of 128, per endpoint and cache key', () => {
    const context = testContext({ promptCache: new PromptCache(tokenizer) });
    expect(cached(context, 'first')).toBe(0);
    const again = cached(context, 'first');
    expect(again).toBeGreaterThanOrEqual(1024);
    expect(again % 128).toBe(0);
    expect(cached(context, 'second')).toBe(again);
    expect(cached(context, 'first', { prompt_cache_key: 'other' })).toBe(0);
    expect(cached(context, 'first', { model: 'gpt-4.1' })).toBe(0);
    expect(cached(testContext({ promptCache: new PromptCache(tokenizer) }), 'first')).toBe(0);
  });

  test('are forgotten after ten minutes without use, and never count for short prompts', () => {
    let now = 1_790_000_000_000;
    const context = testContext({ promptCache: new PromptCache(tokenizer), now: () => now });
    cached(context, 'first');
    now += 9 * 60_000;
    expect(cached(context, 'first')).toBeGreaterThan(0);
    now += 11 * 60_000;
    expect(cached(context, 'first')).toBe(0);
    const short = { messages: user('short') };
    ask(short, context);
    expect(ask(short, context).usage!.prompt_tokens_details!.cached_tokens).toBe(0);
  });
});

test('moderation along the way judges question and answer, in a stream after the usage', () => {
  const wanted = { messages: user('I will kill you'), moderation: { model: 'omni-moderation-latest' } };
  const moderation = {
    input: { type: 'moderation_results', results: [{ flagged: true, categories: { violence: true } }] },
    output: { model: 'omni-moderation-latest' },
  };
  expect(ask(wanted)).toMatchObject({ moderation });
  const last = stream({ ...wanted, stream_options: { include_usage: true } }).at(-1)!;
  expect(last).toMatchObject({ choices: [], usage: null, moderation });
  expect(Object.keys(ask({}))).not.toContain('moderation');
});
