import { expect, test } from 'vitest';
import type { JsonReply, Reply, StreamEvent, StreamReply } from '../reply.ts';
import { azureForm } from './rewrite.ts';

const answered = (body: unknown, status = 200): Reply => ({
  kind: 'json',
  status,
  headers: [],
  body: typeof body === 'string' ? body : JSON.stringify(body),
  tokens: 0,
});

const streamed = (...chunks: readonly unknown[]): Reply => ({
  kind: 'stream',
  status: 200,
  headers: [],
  events: [...chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`), 'data: [DONE]\n\n'].map(
    (bytes): StreamEvent => ({ bytes, tokens: 1, kind: 'content' }),
  ),
});

const bytesOf = (reply: Reply): readonly string[] => [...(reply as StreamReply).events].map(({ bytes }) => bytes);

test('a chat completion: compact, alphabetical, with verdicts on prompt and choices', () => {
  const reply = azureForm(
    'chat.completions',
    answered({ id: 'a', choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'x' } }] }),
  );
  const text = (reply as JsonReply).body;
  expect(text.startsWith('{"choices":[{"content_filter_results":{"hate":{"filtered":false,"severity":"safe"},')).toBe(
    true,
  );
  expect(text).toContain(
    '"finish_reason":"stop","index":0,"message":{"content":"x","role":"assistant"}}],"id":"a","prompt_filter_results":[',
  );
});

test('a choice that was blocked has no message', () => {
  const reply = azureForm(
    'chat.completions',
    answered({ choices: [{ index: 0, finish_reason: 'content_filter', message: { content: '' } }] }),
  );
  expect(JSON.parse((reply as JsonReply).body)).toMatchObject({
    choices: [
      { finish_reason: 'content_filter', content_filter_results: { violence: { filtered: true, severity: 'medium' } } },
    ],
  });
  expect((reply as JsonReply).body).not.toContain('message');
});

test('a stream: the prompt’s verdict first, verdicts with texts only, the end as it was', () => {
  const choice = (delta: object, finish: string | null = null) => ({
    choices: [{ index: 0, delta, finish_reason: finish }],
  });
  const [prelude, role, text, end, usage, done] = bytesOf(
    azureForm(
      'chat.completions',
      streamed(choice({ role: 'assistant', content: '' }), choice({ content: 'x' }), choice({}, 'stop'), {
        choices: [],
        usage: { total_tokens: 1 },
      }),
    ),
  );
  expect(
    prelude?.startsWith('data: {"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":['),
  ).toBe(true);
  expect(role).toContain('"content_filter_results":{},"delta":{"content":"","role":"assistant"}');
  expect(text).toContain('"content_filter_results":{"hate":');
  expect(end).toContain('"content_filter_results":{},"delta":{},"finish_reason":"stop"');
  expect(usage).toBe('data: {"choices":[],"usage":{"total_tokens":1}}\n\n');
  expect(done).toBe('data: [DONE]\n\n');
});

test('responses keep their text, with verdicts behind the time of completion, compact and indented alike', () => {
  const compact = (
    azureForm('responses', answered('{"id":"r","completed_at":12,"error":null,"temperature":1.0}')) as JsonReply
  ).body;
  expect(Object.keys(JSON.parse(compact) as object)).toEqual([
    'id',
    'completed_at',
    'content_filters',
    'error',
    'temperature',
  ]);
  expect(compact.endsWith(',"error":null,"temperature":1.0}')).toBe(true);
  const indented = (
    azureForm(
      'responses.retrieve',
      answered('{\n  "id": "r",\n  "completed_at": null,\n  "error": null\n}'),
    ) as JsonReply
  ).body;
  expect(JSON.stringify(JSON.parse(indented), undefined, 2)).toBe(indented);
  const [event] = bytesOf(
    azureForm('responses', streamed({ type: 'response.completed', response: { completed_at: 1, error: null } })),
  );
  expect(event).toContain('"completed_at":1,"content_filters":[{"blocked":false,');
});

test('errors, files and other operations are not rewritten', () => {
  const error = answered({ error: { code: 'x' } }, 400);
  expect(azureForm('chat.completions', error)).toBe(error);
  const other = answered({ data: [], completed_at: 1 });
  expect(azureForm('embeddings', other)).toBe(other);
});
