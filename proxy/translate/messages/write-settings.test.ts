import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../core/json.ts';
import type { Conversation, Part, TextPart } from '../conversation.ts';
import { conversation, targetFor } from '../translate.fixture.ts';
import { writeRequest } from './write-request.ts';

const SONNET = 'claude-sonnet-4-5';
const OPUS_5 = 'claude-opus-5';

function write(more: Partial<Conversation>, model = SONNET) {
  return writeRequest(conversation(more), targetFor(model));
}

const text = (words: string): TextPart => ({ kind: 'text', text: words });
const tool = { kind: 'function' as const, name: 'f', parameters: { type: 'object', properties: {} } };

describe('thinking', () => {
  it.each<[string, Partial<Conversation>, JsonObject]>([
    [
      SONNET,
      { thinking: { effort: 'low' }, maxTokens: 100 },
      { thinking: { type: 'enabled', budget_tokens: 1024 }, max_tokens: 1124 },
    ],
    [
      SONNET,
      { thinking: { effort: 'high' } },
      { thinking: { type: 'enabled', budget_tokens: 16_384 }, max_tokens: 64_000 },
    ],
    [
      SONNET,
      { thinking: { budget: 10 }, maxTokens: 2000 },
      { thinking: { type: 'enabled', budget_tokens: 1024 }, max_tokens: 3024 },
    ],
    // What is added never exceeds the model's limit.
    [
      SONNET,
      { thinking: { effort: 'high' }, maxTokens: 60_000 },
      { thinking: { type: 'enabled', budget_tokens: 16_384 }, max_tokens: 64_000 },
    ],
    // A limit of Anthropic's own clients counts the budget already.
    [
      SONNET,
      { family: 'messages', thinking: { budget: 2000 }, maxTokens: 3000 },
      { thinking: { type: 'enabled', budget_tokens: 2000 }, max_tokens: 3000 },
    ],
    [SONNET, { thinking: { effort: 'none' } }, { thinking: { type: 'disabled' } }],
    [OPUS_5, { thinking: { effort: 'minimal' } }, { thinking: { type: 'adaptive' }, output_config: { effort: 'low' } }],
    [
      OPUS_5,
      { thinking: { effort: 'xhigh', summary: 'auto' } },
      { thinking: { type: 'adaptive', display: 'summarized' }, output_config: { effort: 'xhigh' } },
    ],
    ['claude-opus-4-6', { thinking: { effort: 'xhigh' } }, { output_config: { effort: 'high' } }],
    [
      OPUS_5,
      { thinking: { budget: 5000, summary: 'none' } },
      { thinking: { type: 'adaptive', display: 'omitted' }, output_config: { effort: 'medium' } },
    ],
    [OPUS_5, { thinking: { budget: -1 } }, { thinking: { type: 'adaptive' } }],
    [
      'other',
      { thinking: { effort: 'medium' } },
      { thinking: { type: 'enabled', budget_tokens: 4096 }, max_tokens: 8192 },
    ],
  ])('%s with %j', (model, wish, body) => {
    expect(write(wish, model).body).toMatchObject(body);
  });

  it('a forced call excludes it, and so does a model that does not think', () => {
    const forced = write({ thinking: { effort: 'low' }, tools: [tool], toolChoice: { kind: 'required' } });
    expect(forced.body['thinking']).toBeUndefined();
    expect(forced.dropped).toEqual(['reasoning_effort']);
    expect(write({ thinking: { effort: 'low' } }, 'claude-3-5-haiku-20241022').dropped).toEqual(['reasoning_effort']);
  });

  const loop = (thought: Part[]): Conversation['turns'] => [
    { role: 'user', parts: [text('go')] },
    { role: 'assistant', parts: [...thought, { kind: 'call', id: 'a', name: 'f', input: '{}' }] },
    { role: 'user', parts: [{ kind: 'result', callId: 'a', parts: [text('1')] }] },
  ];

  it('rests for a turn whose loop of tools has lost its thoughts', () => {
    const lost = write({ thinking: { effort: 'low' }, turns: loop([]) });
    expect(lost.body['thinking']).toBeUndefined();
    expect(lost.dropped).toEqual(['reasoning_effort']);
    const kept = write({
      thinking: { effort: 'low' },
      turns: loop([{ kind: 'reasoning', text: 'Hm', seal: { family: 'messages', value: 's' } }]),
    });
    expect(kept.body['thinking']).toEqual({ type: 'enabled', budget_tokens: 1024 });
    expect(kept.dropped).toEqual([]);
    expect(write({ thinking: { effort: 'low' }, turns: loop([]) }, OPUS_5).body['thinking']).toEqual({
      type: 'adaptive',
    });
  });

  it('thoughts of another maker are dropped and never told as text', () => {
    const foreign: Part[] = [
      { kind: 'reasoning', text: 'secret thought', seal: { family: 'gemini', value: 's' } },
      { kind: 'reasoning', text: 'secret thought', seal: { family: 'chat', value: '' } },
      { kind: 'reasoning', text: 'secret thought' },
    ];
    const { body, dropped } = write({ turns: loop(foreign) });
    expect(JSON.stringify(body)).not.toContain('secret');
    expect(dropped).toEqual(['reasoning']);
    const own: Part = { kind: 'reasoning', text: 'secret thought', seal: { family: 'messages', value: 's' } };
    const refused = writeRequest(conversation({ turns: loop([own]) }), targetFor(SONNET, { acceptsSeal: () => false }));
    expect(JSON.stringify(refused.body)).not.toContain('secret');
  });

  it('signed, empty and redacted thoughts go back as they came', () => {
    const { body } = write({
      turns: loop([
        { kind: 'reasoning', text: '', seal: { family: 'messages', value: 's' } },
        { kind: 'reasoning', text: '', seal: { family: 'messages', value: 'r' }, redacted: true },
      ]),
    });
    expect((body['messages'] as { content: JsonObject[] }[])[1]?.content.slice(0, 2)).toEqual([
      { type: 'thinking', thinking: '', signature: 's' },
      { type: 'redacted_thinking', data: 'r' },
    ]);
  });
});

describe('settings', () => {
  it.each<[string, Partial<Conversation>, JsonObject, string[]]>([
    [SONNET, { temperature: 0.4 }, { temperature: 0.4 }, []],
    [SONNET, { temperature: 1.6 }, { temperature: 1 }, ['temperature']],
    [SONNET, { temperature: 0.4, topP: 0.5 }, { temperature: 0.4 }, ['top_p']],
    [OPUS_5, { temperature: 0.4, topP: 0.5, topK: 3 }, {}, ['temperature', 'top_p', 'top_k']],
    [OPUS_5, { temperature: 1 }, {}, []],
    [SONNET, { thinking: { effort: 'low' }, temperature: 0.4, topK: 3 }, {}, ['temperature', 'top_k']],
    [SONNET, { stop: ['a', ' '] }, { stop_sequences: ['a'] }, ['stop']],
    [
      SONNET,
      { seed: 1, presencePenalty: 0.5, frequencyPenalty: 0, logitBias: { 1: 2 } },
      {},
      ['seed', 'presence_penalty', 'logit_bias'],
    ],
    [SONNET, { user: 'u' }, { metadata: { user_id: 'u' } }, []],
    [SONNET, { serviceTier: 'default' }, { service_tier: 'standard_only' }, []],
    [SONNET, { serviceTier: 'flex' }, {}, ['service_tier']],
    [SONNET, { count: 1 }, {}, []],
    [SONNET, { rest: { store: true, prediction: {} } }, {}, ['store', 'prediction']],
  ])('%s with %j', (model, wish, body, dropped) => {
    const written = write(wish, model);
    expect(written.body).toMatchObject(body);
    expect(written.dropped).toEqual(dropped);
    for (const name of ['temperature', 'top_p', 'top_k', 'stop_sequences', 'service_tier']) {
      if (body[name] === undefined) expect(written.body).not.toHaveProperty(name);
    }
  });

  it.each([
    [SONNET, undefined, 64_000],
    ['claude-opus-4-1-20250805', undefined, 32_000],
    [OPUS_5, undefined, 128_000],
    ['claude-3-opus-20240229', undefined, 4096],
    ['deepseek-chat', undefined, 4096],
    [SONNET, 1_000_000, 1_000_000],
  ])('%s limits its answer, told %j, to %i tokens', (model, maxTokens, expected) => {
    expect(write({ maxTokens }, model).body['max_tokens']).toBe(expected);
  });

  it.each<[string, Partial<Conversation>]>([
    ['n', { count: 2 }],
    ['logprobs', { logprobs: 0 }],
    ['previous_response_id', { family: 'responses', rest: { previous_response_id: 'r' } }],
    ['modalities', { rest: { modalities: ['text', 'audio'] } }],
  ])('%s is refused by its name', (param, wish) => {
    expect(() => write(wish)).toThrow(expect.objectContaining({ code: 'unsupported_parameter', status: 400, param }));
  });

  it('what wishes for nothing is neither refused nor named', () => {
    const rest = { modalities: ['text'], mcp_servers: [], background: false, store: null };
    expect(write({ rest }).dropped).toEqual(['mcp_servers', 'background']);
    expect(write({ family: 'responses', rest: { background: false } }).dropped).toEqual([]);
    expect(write({ family: 'gemini', rest: { 'generationConfig.responseModalities': ['TEXT'] } }).dropped).toEqual([]);
  });

  it('losses are named in the client’s words, and refused where the configuration says so', () => {
    const wish: Partial<Conversation> = { family: 'gemini', seed: 1 };
    expect(write(wish).dropped).toEqual(['generationConfig.seed']);
    expect(() => writeRequest(conversation(wish), targetFor(SONNET, { strict: true }))).toThrow(
      expect.objectContaining({ param: 'generationConfig.seed' }),
    );
  });
});
