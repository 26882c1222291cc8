import { expect, test } from 'vitest';
import type { JsonObject } from '../core/json.ts';
import { answerUsage, mediaEventUsage } from './answer-usage.ts';
import type { TokenUsage } from './types.ts';

const PICTURES: JsonObject[] = [{ b64_json: 'AA' }, { url: 'https://pictures.example/1' }];

test.each<readonly [what: string, answer: JsonObject, usage: TokenUsage | undefined]>([
  [
    'pictures with tokens',
    { data: PICTURES, usage: { input_tokens: 10, output_tokens: 2000, input_tokens_details: { image_tokens: 4 } } },
    { input: 10, output: 2000, images: 2 },
  ],
  ['pictures alone', { created: 1, data: PICTURES }, { input: 0, output: 0, images: 2 }],
  [
    "Google's pictures",
    { predictions: [{ bytesBase64Encoded: 'AA', mimeType: 'image/png' }] },
    { input: 0, output: 0, images: 1 },
  ],
  [
    'a transcript by tokens',
    {
      text: 'Hi',
      usage: {
        type: 'tokens',
        input_tokens: 14,
        input_token_details: { text_tokens: 4, audio_tokens: 10 },
        output_tokens: 5,
      },
    },
    { input: 14, output: 5, audioInput: 10 },
  ],
  [
    'a transcript by time',
    { text: 'Hi', usage: { type: 'duration', seconds: 3 } },
    { input: 0, output: 0, seconds: 3 },
  ],
  ['a transcript with its duration', { text: 'Hi', duration: 2.5 }, { input: 0, output: 0, seconds: 2.5 }],
  ['the same as text', { text: 'Hi', duration: '2.5' }, { input: 0, output: 0, seconds: 2.5 }],
  ['a film', { object: 'video', status: 'queued', seconds: '4' }, { input: 0, output: 0, seconds: 4 }],
  ['a ranking', { results: [], usage: { total_tokens: 70 } }, { input: 70, output: 0 }],
  ['a chat', { usage: { prompt_tokens: 3, completion_tokens: 4 } }, { input: 3, output: 4 }],
  [
    'a message',
    { usage: { input_tokens: 3, cache_read_input_tokens: 5, output_tokens: 4 } },
    { input: 8, output: 4, cachedInput: 5 },
  ],
  ['an answer of Gemini', { usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 4 } }, { input: 3, output: 4 }],
  [
    'an event with a whole answer',
    { response: { usage: { input_tokens: 3, output_tokens: 4 } } },
    { input: 3, output: 4 },
  ],
  ['a count of tokens costs nothing', { object: 'response.input_tokens', input_tokens: 9 }, { input: 0, output: 0 }],
  [
    'a secret for a session',
    { value: 'ek_1', expires_at: 1, session: { type: 'realtime', model: 'gpt-realtime' } },
    { input: 0, output: 0 },
  ],
  ['an assistant', { id: 'asst_1', object: 'assistant', model: 'gpt-4o' }, { input: 0, output: 0 }],
  ['moderation', { results: [{ flagged: false }] }, undefined],
  ['a ranking in units of its own', { results: [], meta: { billed_units: { search_units: 1 } } }, undefined],
  ['usage that is not there yet', { usage: null, status: 'queued' }, undefined],
  ['a list of something else', { data: [{ id: 'file-1' }] }, undefined],
  ['a time that is none', { text: 'Hi', duration: 'long' }, undefined],
])('%s', (_what, answer, usage) => {
  expect(answerUsage(answer)).toEqual(usage);
});

test('events of pictures and voices count for themselves', () => {
  const usage = { input_tokens: 1, output_tokens: 100 };
  expect(mediaEventUsage({ type: 'image_generation.completed', usage })).toEqual({ input: 1, output: 100, images: 1 });
  expect(mediaEventUsage({ type: 'image_edit.completed' })).toEqual({ input: 0, output: 0, images: 1 });
  expect(mediaEventUsage({ type: 'speech.audio.done', usage })).toEqual({ input: 1, output: 100, audioOutput: 100 });
  expect(mediaEventUsage({ type: 'transcript.text.done', usage })).toBeUndefined();
});
