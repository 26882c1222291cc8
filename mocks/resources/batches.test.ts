import { expect, test } from 'vitest';
import { testApi, uploaded } from './testing.ts';
import type { TestApi } from './testing.ts';

const ENDPOINT = '/v1/chat/completions';

function line(customId: string, over: object = {}): string {
  const body = { model: 'gpt-4o-mini', messages: [{ role: 'user', content: `I am ${customId}` }] };
  return JSON.stringify({ custom_id: customId, method: 'POST', url: ENDPOINT, body, ...over });
}

function created(api: TestApi, ...lines: readonly string[]): string {
  const file = uploaded(api, lines.join('\n'), 'batch');
  const body = { input_file_id: file, endpoint: ENDPOINT, completion_window: '24h' };
  return String(api('POST', '/batches', body).body['id']);
}

function contentOf(api: TestApi, id: unknown): unknown[] {
  const { text } = api('GET', `/files/${String(id)}/content`);
  return text
    .trim()
    .split('\n')
    .map((one): unknown => JSON.parse(one));
}

test('a batch goes through its states, a stage of time each', () => {
  const api = testApi();
  const id = created(api, line('a'));
  const seen = [0, 999, 1, 1000, 1000].map((ms) => {
    api.advance(ms);
    return api('GET', `/batches/${id}`).body['status'];
  });
  expect(seen).toEqual(['validating', 'validating', 'in_progress', 'finalizing', 'completed']);
});

test('every line is really run: answers in the output file, refusals in the error file, counts and usage', () => {
  const api = testApi();
  const id = created(api, line('a'), line('b', { body: { model: 'gpt-4o-mini' } }), line('c'));
  api.advance(3000);
  const { body } = api('GET', `/batches/${id}`);
  expect(body).toMatchObject({
    status: 'completed',
    model: 'gpt-4o-mini',
    request_counts: { total: 3, completed: 2, failed: 1 },
  });
  const output = contentOf(api, body['output_file_id']);
  expect(output).toMatchObject([
    { custom_id: 'a', error: null, response: { status_code: 200, body: { object: 'chat.completion' } } },
    { custom_id: 'c', response: { body: { choices: [{ message: { content: 'Mock response to: I am c' } }] } } },
  ]);
  const usages = output.map(
    (one) => (one as { response: { body: { usage: { total_tokens: number } } } }).response.body.usage,
  );
  expect((body['usage'] as { total_tokens: number }).total_tokens).toBe(
    usages.reduce((sum, usage) => sum + usage.total_tokens, 0),
  );
  expect(contentOf(api, body['error_file_id'])).toMatchObject([
    { custom_id: 'b', response: { status_code: 400, body: { error: { code: 'missing_required_parameter' } } } },
  ]);
  expect(api('GET', `/files/${String(body['output_file_id'])}`).body).toMatchObject({ purpose: 'batch_output' });
});

test('times stand in the order of the states, also when they were not read in between', () => {
  const api = testApi();
  const id = created(api, line('a'));
  api.advance(60_000);
  const { body } = api('GET', `/batches/${id}`);
  const created_at = Number(body['created_at']);
  expect(body).toMatchObject({
    in_progress_at: created_at + 1,
    finalizing_at: created_at + 2,
    completed_at: created_at + 3,
    expires_at: created_at + 86_400,
  });
});

test.each([
  ['', 'empty_file'],
  ['nonsense', 'invalid_json_line'],
  [line('a', { method: 'GET' }), 'invalid_method'],
  [line('a', { url: '/v1/embeddings' }), 'invalid_url'],
  [`${line('a')}\n${line('a')}`, 'duplicate_custom_id'],
  [JSON.stringify({ method: 'POST', url: ENDPOINT, body: {} }), 'missing_required_parameter'],
])('a bad input file fails the batch: %j is %s', (text, code) => {
  const api = testApi();
  const id = created(api, text);
  api.advance(1000);
  const { body } = api('GET', `/batches/${id}`);
  expect(body).toMatchObject({ status: 'failed', errors: { object: 'list', data: [{ code }] } });
  expect(body['output_file_id']).toBeUndefined();
  api.advance(10_000);
  expect(api('GET', `/batches/${id}`).body['status']).toBe('failed');
});

test('a batch is cancelled while it is under way, and runs nothing', () => {
  const api = testApi();
  const id = created(api, line('a'));
  api.advance(1000);
  expect(api('POST', `/batches/${id}/cancel`).body['status']).toBe('cancelling');
  api.advance(1000);
  const { body } = api('GET', `/batches/${id}`);
  expect(body).toMatchObject({ status: 'cancelled', request_counts: { total: 1, completed: 0 } });
  expect(body['output_file_id']).toBeUndefined();
});

test('a batch that is over cannot be cancelled', () => {
  const api = testApi();
  const id = created(api, line('a'));
  api.advance(5000);
  const answer = api('POST', `/batches/${id}/cancel`);
  expect([answer.status, answer.body]).toMatchObject([
    400,
    { error: { message: "Cannot cancel a batch with status 'completed'." } },
  ]);
});

test('a request that streams fails alone', () => {
  const api = testApi();
  const body = { model: 'gpt-4o-mini', stream: true, messages: [{ role: 'user', content: 'x' }] };
  const id = created(api, line('a', { body }), line('b'));
  api.advance(3000);
  expect(api('GET', `/batches/${id}`).body['request_counts']).toEqual({ total: 2, completed: 1, failed: 1 });
});

test.each([
  [{ endpoint: '/v1/nothing' }, 'endpoint', 'invalid_value'],
  [{ completion_window: '1h' }, 'completion_window', 'invalid_value'],
  [{ input_file_id: 'file-none' }, 'input_file_id', null],
  [{ input_file_id: undefined }, 'input_file_id', 'missing_required_parameter'],
])('a batch with %j is not created', (over, param, code) => {
  const api = testApi();
  const body = {
    input_file_id: uploaded(api, line('a'), 'batch'),
    endpoint: ENDPOINT,
    completion_window: '24h',
    ...over,
  };
  const answer = api('POST', '/batches', body);
  expect([answer.status, answer.body]).toMatchObject([400, { error: { param, code } }]);
});
