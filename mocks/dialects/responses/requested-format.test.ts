import type { Response, ResponseStreamEvent } from 'openai/resources/responses/responses';
import { describe, expect, test } from 'vitest';
import { PromptCache } from '../../generation/prompt-cache.ts';
import { createTokenizer } from '../../generation/tokenizer.ts';
import type { DialectContext } from '../reply.ts';
import { bodyOf, call, dataOf, testContext } from '../testing.ts';

const create = (body: object, context: DialectContext = testContext()) =>
  bodyOf(call('responses', { body: { model: 'gpt-4o', input: 'Count from 1 to 5', ...body } }, context)) as Response;
const events = (body: object, context: DialectContext = testContext()) =>
  dataOf(
    call('responses', { body: { model: 'gpt-4o', input: 'Count from 1 to 5', stream: true, ...body } }, context),
  ) as readonly ResponseStreamEvent[];
const types = (body: object, context?: DialectContext) => events(body, context).map(({ type }) => type);

describe('reasoning', () => {
  const reasoned = (body: object) => create({ model: 'gpt-5', ...body }).output[0];

  test('summaries are concise or detailed, as asked', () => {
    const parts = (summary: string) => (reasoned({ reasoning: { summary } }) as { summary: object[] }).summary.length;
    expect([parts('concise'), parts('auto'), parts('detailed')]).toEqual([1, 1, 2]);
    const indexes = events({ model: 'gpt-5', reasoning: { summary: 'detailed' } }).flatMap((event) =>
      event.type === 'response.reasoning_summary_part.added' ? [event.summary_index] : [],
    );
    expect(indexes).toEqual([0, 1]);
  });

  test('effort decides how many tokens it takes', () => {
    const tokens = (effort: string) =>
      create({ model: 'gpt-5', reasoning: { effort } }).usage!.output_tokens_details.reasoning_tokens;
    expect(tokens('low')).toBeLessThan(tokens('high'));
    expect(tokens('minimal')).toBe(0);
  });

  test('models with open weights show theirs as text', () => {
    expect(reasoned({ model: 'gpt-oss-120b' })).toMatchObject({ content: [{ type: 'reasoning_text' }], summary: [] });
    expect(types({ model: 'gpt-oss-120b' })).toEqual(
      expect.arrayContaining(['response.reasoning_text.delta', 'response.reasoning_text.done']),
    );
  });

  const include = ['reasoning.encrypted_content'];
  const tools = [{ type: 'function', name: 'look', parameters: {} }];

  test('that was sealed is read back: it costs its tokens until the user speaks again', () => {
    const first = create({ model: 'gpt-5', include, tools, tool_choice: 'required', store: false });
    const call_id = (first.output[1] as { call_id: string }).call_id;
    const input = (output: readonly object[], more: readonly object[] = []) => ({
      model: 'gpt-5',
      tools,
      input: [
        { role: 'user', content: 'Hi' },
        ...output,
        { type: 'function_call_output', call_id, output: 'x' },
        ...more,
      ],
    });
    const count = (body: object) => create(body).usage!.input_tokens;
    const [reasoning, called] = first.output;
    expect(count(input([reasoning!, called!])) - count(input([called!]))).toBe(128);
    const later = [{ role: 'user', content: 'And now?' }];
    expect(count(input([reasoning!, called!], later))).toBe(count(input([called!], later)));
  });

  test('that was changed is refused', () => {
    const [item] = create({ model: 'gpt-5', include }).output as unknown as [{ encrypted_content: string }];
    const changed = { ...item, encrypted_content: `${item.encrypted_content.slice(0, -8)}AAAAAAA=` };
    expect(create({ model: 'gpt-5', input: [changed, { role: 'user', content: 'Hi' }] })).toMatchObject({
      error: { code: 'invalid_encrypted_content', message: expect.stringContaining('could not be verified') as string },
    });
  });
});

describe('input that is longer than the model’s context', () => {
  const turn = (at: number) => ({ role: 'user', content: `${at} ${'lorem ipsum '.repeat(8000)}` });
  const input = Array.from({ length: 10 }, (_, at) => turn(at));

  test('is refused', () => {
    expect(create({ input })).toMatchObject({
      error: {
        code: 'context_length_exceeded',
        param: 'input',
        message: expect.stringContaining('context window') as string,
      },
    });
  });

  test('loses its oldest turns when truncation is automatic', () => {
    const response = create({ input, truncation: 'auto' });
    expect(response).toMatchObject({ status: 'completed', truncation: 'auto' });
    expect(response.usage!.input_tokens).toBeLessThanOrEqual(128_000);
    expect(response.usage!.input_tokens).toBeGreaterThan(100_000);
  });

  test('fits models with a larger context', () => {
    expect(create({ model: 'gpt-4.1', input }).status).toBe('completed');
  });
});

test('the tier that was asked for is the one that served', () => {
  const tiers = (service_tier: string) =>
    events({ service_tier }).flatMap((event) => ('response' in event ? [event.response.service_tier] : []));
  expect(tiers('flex')).toEqual(['auto', 'auto', 'flex']);
  expect(tiers('auto')).toEqual(['auto', 'auto', 'default']);
});

test('a scripted failure begins like any answer, then says what happened', () => {
  const failure = { code: 'server_error', message: 'The model fell over.' };
  const context = () => testContext({ scripted: { failure } });
  expect(types({}, context())).toEqual(['response.created', 'response.in_progress', 'error', 'response.failed']);
  expect(create({}, context())).toMatchObject({ status: 'failed', error: failure, output: [], usage: null });
});

test('sound is spoken along with the text', () => {
  const spoken = types({ modalities: ['text', 'audio'] }).filter((type) => type.includes('audio'));
  expect([...new Set(spoken)]).toEqual([
    'response.audio.delta',
    'response.audio.transcript.delta',
    'response.audio.transcript.done',
    'response.audio.done',
  ]);
});

test('a custom tool with a grammar is called with a text of it', () => {
  const format = { type: 'grammar', syntax: 'regex', definition: String.raw`move [a-h][1-8]` };
  const response = create({ model: 'gpt-5', input: 'Make a move', tools: [{ type: 'custom', name: 'move', format }] });
  expect(response.output[1]).toMatchObject({
    type: 'custom_tool_call',
    input: expect.stringMatching(/^move [a-h][1-8]$/) as string,
  });
});

test('cached tokens grow with a conversation', () => {
  const context = testContext({ promptCache: new PromptCache(createTokenizer()) });
  const instructions = Array.from({ length: 900 }, (_, at) => `rule ${at}`).join(', ');
  const first = create({ instructions }, context);
  const second = create({ instructions, input: 'And then?', previous_response_id: first.id }, context);
  expect(first.usage!.input_tokens_details.cached_tokens).toBe(0);
  const cached = second.usage!.input_tokens_details.cached_tokens;
  expect(cached).toBeGreaterThanOrEqual(1024);
  expect(cached % 128).toBe(0);
  const model = 'gpt-5.5';
  const written = create({ model, instructions }, context).usage!.input_tokens_details as {
    cache_write_tokens?: number;
  };
  expect(written.cache_write_tokens).toBeGreaterThanOrEqual(1024);
});

test('moderation along the way judges input and output of a finished response', () => {
  const body = { input: 'I will kill you', moderation: { model: 'omni-moderation-latest' } };
  expect(create(body)).toMatchObject({
    moderation: { input: { flagged: true }, output: { type: 'moderation_result' } },
  });
  expect(create({})).toMatchObject({ moderation: null });
});
