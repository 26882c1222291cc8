import type { Response } from 'openai/resources/responses/responses';
import { describe, expect, test } from 'vitest';
import type { DialectContext, StreamReply } from '../reply.ts';
import { bodyOf, call, TEST_NOW, testContext } from '../testing.ts';

function made(body: object, context: DialectContext): Response {
  return bodyOf(call('responses', { body: { model: 'gpt-4o', input: '2+2', ...body } }, context)) as Response;
}

const onId = (operation: string, id: string, context: DialectContext, query = '') =>
  call(operation, { params: { id }, query }, context);

const bytesOf = (reply: unknown) => [...(reply as StreamReply).events].map((event) => event.bytes);

describe('stored responses', () => {
  test('retrieving gives the created object again', () => {
    const context = testContext();
    const created = made({}, context);
    expect(bodyOf(onId('responses.retrieve', created.id, context))).toEqual(created);
  });

  test('a deleted response is gone', () => {
    const context = testContext();
    const { id } = made({}, context);
    expect(bodyOf(onId('responses.delete', id, context))).toEqual({ id, object: 'response', deleted: true });
    const reply = onId('responses.retrieve', id, context);
    expect(reply.status).toBe(404);
    expect(bodyOf(reply)).toMatchObject({
      error: { message: `Response with id '${id}' not found.`, type: 'invalid_request_error' },
    });
  });

  test.each(['responses.retrieve', 'responses.delete', 'responses.cancel', 'responses.input_items'])(
    '%s of an unknown id is 404',
    (operation) => {
      expect(onId(operation, 'resp_none', testContext()).status).toBe(404);
    },
  );

  test('a streamed response is stored as its final object, with billing', () => {
    const context = testContext();
    const reply = call('responses', { body: { model: 'gpt-4o', input: '2+2', stream: true } }, context);
    const id = /"id":"(resp_\w+)"/.exec(bytesOf(reply)[0]!)![1]!;
    const stored = bodyOf(onId('responses.retrieve', id, context)) as Response & { billing: unknown };
    expect(stored).toMatchObject({ status: 'completed', billing: { payer: 'developer' } });
  });
});

describe('background', () => {
  test('is queued when created, in progress when first asked for, and completed a stage later', () => {
    let now = TEST_NOW * 1000;
    const context = testContext({ now: () => now, jobStageMs: 50 });
    const created = made({ background: true }, context);
    expect(created).toMatchObject({ status: 'queued', background: true, output: [], completed_at: null, usage: null });
    expect(created).not.toHaveProperty('billing');
    const retrieved = () => bodyOf(onId('responses.retrieve', created.id, context)) as Response;
    expect(retrieved()).toMatchObject({ status: 'in_progress', output: [], completed_at: null });
    now += 49;
    expect(retrieved().status).toBe('in_progress');
    now += 1;
    const done = retrieved();
    expect(done).toMatchObject({ id: created.id, status: 'completed', output: [{ type: 'message' }] });
  });

  test('can be cancelled until then, once and again', () => {
    const context = testContext();
    const { id } = made({ background: true }, context);
    for (const operation of ['responses.cancel', 'responses.cancel', 'responses.retrieve']) {
      expect(bodyOf(onId(operation, id, context))).toMatchObject({ status: 'cancelled', output: [] });
    }
  });

  test('a finished one stays finished when cancelled, a synchronous one is refused', () => {
    const context = testContext({ jobStageMs: 0 });
    const { id } = made({ background: true }, context);
    onId('responses.retrieve', id, context);
    expect(bodyOf(onId('responses.cancel', id, context))).toMatchObject({ status: 'completed' });
    const reply = onId('responses.cancel', made({}, context).id, context);
    expect(reply.status).toBe(400);
    expect(bodyOf(reply)).toMatchObject({ error: { message: 'Cannot cancel a synchronous response.' } });
  });

  test('is kept with store false', () => {
    const context = testContext();
    const { id } = made({ background: true, store: false }, context);
    expect(onId('responses.retrieve', id, context).status).toBe(200);
  });

  test('a stream is resumed after any event with its own numbers', () => {
    const context = testContext();
    const body = { model: 'gpt-4o', input: 'Count from 1 to 5', stream: true, background: true };
    const first = bytesOf(call('responses', { body }, context));
    const id = /"id":"(resp_\w+)"/.exec(first[0]!)![1]!;
    for (const after of [0, 3, first.length - 1]) {
      const resumed = onId('responses.retrieve', id, context, `stream=true&starting_after=${after}`);
      expect(bytesOf(resumed)).toEqual(first.slice(after + 1));
    }
    expect(bytesOf(onId('responses.retrieve', id, context, 'stream=true'))).toEqual(first);
    expect(onId('responses.retrieve', id, context, 'stream=true&starting_after=x').status).toBe(400);
  });

  test('what was not streamed in background cannot be resumed', () => {
    const context = testContext();
    expect(onId('responses.retrieve', made({}, context).id, context, 'stream=true').status).toBe(400);
  });
});

describe('input items', () => {
  interface Page {
    readonly data: readonly { readonly id: string; readonly type: string }[];
    readonly first_id: string;
    readonly last_id: string;
    readonly has_more: boolean;
  }
  const input = [
    { role: 'user', content: 'weather?' },
    { type: 'function_call', call_id: 'call_1', name: 'get_weather', arguments: '{}' },
    { type: 'function_call_output', call_id: 'call_1', output: 'sunny' },
  ];

  test('come newest first, completed, with ids and content in parts', () => {
    const context = testContext();
    const page = bodyOf(onId('responses.input_items', made({ input }, context).id, context)) as Page;
    expect(page.data).toMatchObject([
      { type: 'function_call_output', status: 'completed', output: 'sunny' },
      { type: 'function_call', status: 'completed', name: 'get_weather', arguments: '{}' },
      { type: 'message', status: 'completed', role: 'user', content: [{ type: 'input_text', text: 'weather?' }] },
    ]);
    expect(page.data.every(({ id }) => /^(?:msg|fc)_[0-9a-f]{50}$/.test(id))).toBe(true);
    expect(page).toMatchObject({ first_id: page.data[0]!.id, last_id: page.data[2]!.id, has_more: false });
  });

  test('come in pages', () => {
    const context = testContext();
    const { id } = made({ input }, context);
    const first = bodyOf(onId('responses.input_items', id, context, 'limit=2&order=asc')) as Page;
    expect(first).toMatchObject({ has_more: true, data: [{ type: 'message' }, { type: 'function_call' }] });
    const rest = bodyOf(onId('responses.input_items', id, context, `limit=2&order=asc&after=${first.last_id}`)) as Page;
    expect(rest).toMatchObject({ has_more: false, data: [{ type: 'function_call_output' }] });
  });

  test.each(['limit=0', 'limit=101', 'limit=x', 'order=up', 'include[]=everything'])('refuse %s', (query) => {
    const context = testContext();
    expect(onId('responses.input_items', made({ input }, context).id, context, query).status).toBe(400);
  });

  test('of a string input is one message', () => {
    const context = testContext();
    const page = bodyOf(onId('responses.input_items', made({ input: 'Hi' }, context).id, context)) as Page;
    expect(page.data).toMatchObject([{ role: 'user', content: [{ type: 'input_text', text: 'Hi' }] }]);
  });
});

test('input_tokens counts what a create would', () => {
  const context = testContext();
  const body = { model: 'gpt-4o', input: 'Tell me a joke', instructions: 'Be brief' };
  const counted = bodyOf(call('responses.input_tokens', { body }, context));
  expect(counted).toEqual({ object: 'response.input_tokens', input_tokens: made(body, context).usage!.input_tokens });
});

describe('include', () => {
  const retrieved = (body: object, query: string) => {
    const context = testContext();
    return bodyOf(onId('responses.retrieve', made(body, context).id, context, query)) as Response;
  };

  test('fills in what the created response left out', () => {
    const plain = retrieved({ model: 'gpt-5' }, '');
    const full = retrieved({ model: 'gpt-5' }, 'include[]=reasoning.encrypted_content');
    expect(plain.output[0]).not.toHaveProperty('encrypted_content');
    expect(full.output[0]).toMatchObject({ type: 'reasoning', encrypted_content: expect.stringMatching(/^gAAAAA/) });
    const logprobs = retrieved({}, 'include=message.output_text.logprobs').output[0];
    expect(logprobs).toMatchObject({ content: [{ text: '4', logprobs: [{ token: '4', bytes: [52] }] }] });
  });

  test('of an unknown value is refused with the known ones', () => {
    const context = testContext();
    const reply = onId('responses.retrieve', made({}, context).id, context, 'include[]=all');
    expect(reply.status).toBe(400);
    expect(bodyOf(reply)).toMatchObject({ error: { param: 'include[0]', code: 'invalid_value' } });
  });
});
