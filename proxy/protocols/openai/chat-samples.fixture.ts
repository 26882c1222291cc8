import type { JsonObject } from '../../core/json.ts';

const usage = {
  prompt_tokens: 9,
  completion_tokens: 7,
  total_tokens: 16,
  prompt_tokens_details: { cached_tokens: 4, audio_tokens: 0 },
  completion_tokens_details: {
    reasoning_tokens: 3,
    audio_tokens: 0,
    accepted_prediction_tokens: 0,
    rejected_prediction_tokens: 0,
  },
};

const entry = (token: string) => ({
  token,
  logprob: -0.25,
  bytes: [...Buffer.from(token)],
  top_logprobs: [],
});

const call = (id: string, name: string, args: string) => ({
  id: `call_${id}`,
  type: 'function',
  function: { name, arguments: args },
});

function choice(message: JsonObject, more: JsonObject = {}, index = 0): JsonObject {
  const { content = null, tool_calls, function_call, ...rest } = message;
  return {
    index,
    message: {
      role: 'assistant',
      content,
      ...(tool_calls === undefined ? {} : { tool_calls }),
      ...(function_call === undefined ? {} : { function_call }),
      refusal: null,
      annotations: [],
      ...rest,
    },
    logprobs: null,
    finish_reason: tool_calls === undefined ? 'stop' : 'tool_calls',
    ...more,
  };
}

function completion(choices: JsonObject[], more: JsonObject = {}): JsonObject {
  return {
    id: 'chatcmpl-B1',
    object: 'chat.completion',
    created: 1_750_000_000,
    model: 'gpt-4o-2024-08-06',
    choices,
    usage,
    service_tier: 'default',
    system_fingerprint: 'fp_0123456789',
    ...more,
  };
}

const { logprobs: _, ...reasoningChoice } = choice({ content: 'Paris' });

/** Unary chat completions as the real API gives them, one a kind of answer. */
export const CHAT_SAMPLES: Readonly<Record<string, JsonObject>> = {
  text: completion([choice({ content: 'Héllo "wörld"\n\n  😀🇦🇹 — \\ done, "usage":null and [DONE]\n\ndata: x' })]),
  'empty text': completion([choice({ content: '' }, { finish_reason: 'length' })]),
  'no usage, as other servers do': completion([choice({ content: 'hi' })], { usage: undefined as never }),
  'three choices': completion([0, 1, 2].map((index) => choice({ content: `answer ${index}` }, {}, index))),
  'one tool call': completion([choice({ tool_calls: [call('1', 'weather', '{"city": "Wien", "unit": "°C"}')] })]),
  'parallel tool calls': completion([
    choice({ tool_calls: [call('1', 'weather', '{"city":"Wien"}'), call('2', 'time', '{}'), call('3', 'none', '')] }),
  ]),
  'text and a tool call': completion([choice({ content: 'Let me see.', tool_calls: [call('1', 'weather', '{}')] })]),
  'a custom tool call': completion([
    choice({ tool_calls: [{ id: 'call_1', type: 'custom', custom: { name: 'shell', input: 'ls -la | wc' } }] }),
  ]),
  'a function call': completion([
    choice({ function_call: { name: 'weather', arguments: '{"city":"Wien"}' } }, { finish_reason: 'function_call' }),
  ]),
  refusal: completion([choice({ refusal: "I'm sorry, I can't help with that." })]),
  reasoning: completion([reasoningChoice], { model: 'gpt-5-2025-08-07', system_fingerprint: null }),
  'reasoning text': completion([choice({ content: 'Paris', reasoning_content: 'The user asks for a capital.' })]),
  logprobs: completion([
    choice({ content: 'Hi there' }, { logprobs: { content: ['Hi', ' there'].map(entry), refusal: null } }),
  ]),
  'logprobs of a refusal': completion([
    choice({ refusal: "I'm sorry" }, { logprobs: { content: null, refusal: ["I'm", ' sorry'].map(entry) } }),
  ]),
  'logprobs of split characters': completion([
    choice({ content: '😀' }, { logprobs: { content: ['\\xf0\\x9f', '\\x98\\x80'].map(entry), refusal: null } }),
  ]),
  audio: completion([
    choice({
      audio: { id: 'audio_1', expires_at: 1_750_003_600, data: 'UklGRgAA', transcript: 'Hello to you.' },
    }),
  ]),
  citations: completion([
    choice({
      content: 'See here.',
      annotations: [
        { type: 'url_citation', url_citation: { end_index: 8, start_index: 4, title: 'T', url: 'https://x.test' } },
      ],
    }),
  ]),
  moderation: completion([choice({ content: 'ok' })], {
    moderation: { input: { type: 'moderation_results', results: [] }, output: null },
  }),
  'content filters of Azure': completion(
    [choice({ content: 'ok' }, { content_filter_results: { hate: { filtered: false, severity: 'safe' } } })],
    { prompt_filter_results: [{ prompt_index: 0, content_filter_results: {} }] },
  ),
};
