import type { Response } from 'openai/resources/responses/responses';
import { describe, expect, test } from 'vitest';
import type { DialectContext, JsonReply } from '../reply.ts';
import { bodyOf, call, TEST_NOW, testContext } from '../testing.ts';

const ask = (body: object, context: DialectContext = testContext()) =>
  call('responses', { body: { model: 'gpt-4o', input: '2+2', ...body } }, context);
const responseOf = (body: object, context?: DialectContext) => bodyOf(ask(body, context)) as Response;

const tools = [
  { type: 'function', name: 'get_weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
  { type: 'custom', name: 'run_script' },
];

describe('the object', () => {
  test('has the provider’s 36 keys in its order, pretty-printed, with floats as floats', () => {
    const reply = ask({}) as JsonReply;
    expect(Object.keys(JSON.parse(reply.body) as object).join(' ')).toBe(
      'id object created_at status background billing completed_at error frequency_penalty incomplete_details instructions ' +
        'max_output_tokens max_tool_calls model moderation output parallel_tool_calls presence_penalty previous_response_id ' +
        'prompt_cache_key prompt_cache_retention reasoning safety_identifier service_tier store temperature text tool_choice ' +
        'tool_usage tools top_logprobs top_p truncation usage user metadata',
    );
    expect(reply.body).toContain('\n  "temperature": 1.0,\n');
    expect(reply.body).toContain('\n  "frequency_penalty": 0.0,\n');
    expect(reply.body).not.toContain('output_text":');
  });

  test('ids are 50 hex: the response’s 16, 00, its second, and a rest that begins 819', () => {
    const response = responseOf({ model: 'gpt-5' });
    const ids = [response.id, ...response.output.map((item) => item.id ?? '')];
    expect(ids.map((id) => id.split('_')[0])).toEqual(['resp', 'rs', 'msg']);
    const second = TEST_NOW.toString(16).padStart(8, '0');
    for (const id of ids) expect(id).toMatch(new RegExp(`^[a-z]+_[0-9a-f]{16}00${second}819[0-9a-f]{21}$`));
    expect(new Set(ids.map((id) => id.slice(id.indexOf('_') + 1).slice(0, 16))).size).toBe(1);
  });

  test('the request’s fields are echoed, tools and formats with their defaults filled in', () => {
    const format = { type: 'json_schema', name: 'answer', schema: { type: 'object', properties: {} }, strict: true };
    const response = responseOf({
      instructions: 'Be brief',
      metadata: { ticket: '7' },
      temperature: 0.5,
      max_output_tokens: 500,
      user: 'ada',
      tool_choice: 'none',
      text: { format },
      tools,
    });
    expect(response).toMatchObject({
      instructions: 'Be brief',
      metadata: { ticket: '7' },
      temperature: 0.5,
      max_output_tokens: 500,
      user: 'ada',
      tool_choice: 'none',
      text: { format: { ...format, description: null }, verbosity: 'medium' },
    });
    expect(response.tools[0]).toMatchObject({ name: tools[0]!.name, description: null, strict: true });
    expect(response.tools[1]).toEqual(tools[1]);
  });

  test('a function that was made strict is shown closed, at every level; one that was not as it came', () => {
    const inner = { type: 'object', properties: { street: { type: 'string' } } };
    const free = { type: 'object' };
    const parameters = {
      type: 'object',
      properties: { home: inner, others: { type: 'array', items: inner }, free },
      required: ['home'],
    };
    const echo = (more: object): object | null | undefined => {
      const [tool] = responseOf({ tools: [{ type: 'function', name: 'move', parameters, ...more }] }).tools;
      return tool?.type === 'function' ? tool.parameters : undefined;
    };
    const closed = { ...inner, additionalProperties: false };
    expect(echo({})).toEqual({
      ...parameters,
      properties: { home: closed, others: { type: 'array', items: closed }, free },
      additionalProperties: false,
    });
    expect(echo({ strict: true })).toEqual(echo({}));
    expect(echo({ strict: false })).toEqual(parameters);
  });

  test('a search of the web is shown with its filters, and with where it comes from', () => {
    const echo = (tool: object) => JSON.stringify(responseOf({ tools: [tool], tool_choice: 'none' }).tools[0]);
    expect(echo({ type: 'web_search' })).toBe(
      '{"type":"web_search","filters":null,"search_context_size":"medium",' +
        '"user_location":{"type":"approximate","city":null,"country":"US","region":null,"timezone":null}}',
    );
    const location = { type: 'approximate', city: 'Utrecht', region: 'NL' };
    const filters = { allowed_domains: ['wikipedia.org'] };
    expect(echo({ search_context_size: 'low', user_location: location, filters, type: 'web_search' })).toBe(
      '{"type":"web_search","filters":{"allowed_domains":["wikipedia.org"]},"search_context_size":"low",' +
        '"user_location":{"type":"approximate","city":"Utrecht","country":null,"region":"NL","timezone":null}}',
    );
    expect(echo({ type: 'web_search_preview' })).not.toContain('filters');
  });

  test.each([
    ['gpt-5', 'medium'],
    ['gpt-5.1', 'none'],
    ['gpt-5.2', 'none'],
    ['gpt-5.4-mini', 'none'],
    ['gpt-5.5', 'medium'],
    ['gpt-5-pro', 'high'],
    ['o3', 'medium'],
    ['gpt-4o', null],
  ])('%s reasons with the effort %s when it is not told', (model, effort) => {
    const response = responseOf({ model });
    expect(response.reasoning?.effort).toBe(effort);
    const reasons = effort !== null && effort !== 'none';
    expect(response.output.map(({ type }) => type)).toEqual(reasons ? ['reasoning', 'message'] : ['message']);
  });

  test('tokens are counted by the provider’s arithmetic', () => {
    const { usage } = responseOf({ input: 'Hello!', instructions: 'You are a helpful assistant.' });
    expect(usage).toEqual({
      input_tokens: 3 + (4 + 2) + (4 + 6),
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: 6 + 1,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 19 + 7,
    });
    // gpt-5: one less for the input, six more and its reasoning for the output.
    expect(responseOf({ model: 'gpt-5' }).usage).toMatchObject({ input_tokens: 9, output_tokens: 1 + 6 + 128 });
  });

  test('a limit makes it incomplete and says why', () => {
    const response = responseOf({ input: 'a bedtime story with a unicorn', max_output_tokens: 16 });
    expect(response).toMatchObject({ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } });
    expect(response.output[0]).toMatchObject({ type: 'message', status: 'incomplete' });
    expect(response.usage?.output_tokens).toBe(16);
  });
});

describe('output items', () => {
  test('a function call carries its arguments, a custom tool its input', () => {
    expect(responseOf({ tools, input: 'weather' }).output).toEqual([
      {
        id: expect.stringMatching(/^fc_/),
        type: 'function_call',
        status: 'completed',
        arguments: '{"city":"Berlin"}',
        call_id: expect.stringMatching(/^call_[A-Za-z0-9]{24}$/),
        name: 'get_weather',
      },
    ]);
    const [custom] = responseOf({ tools, tool_choice: { type: 'custom', name: 'run_script' } }).output;
    expect(custom).toMatchObject({ type: 'custom_tool_call', id: expect.stringMatching(/^ctc_/), input: 'print(2+2)' });
  });

  test('allowed tools bound the choice', () => {
    const choice = { type: 'allowed_tools', mode: 'required', tools: [{ type: 'custom', name: 'run_script' }] };
    expect(responseOf({ tools, tool_choice: choice, input: 'weather' }).output).toMatchObject([{ name: 'run_script' }]);
  });

  test('a summary appears when it is asked for and sealed reasoning when it is included', () => {
    const [silent] = responseOf({ model: 'gpt-5' }).output;
    expect(JSON.stringify(silent)).toBe(`{"id":"${silent?.id}","type":"reasoning","content":[],"summary":[]}`);
    const [spoken] = responseOf({
      model: 'gpt-5',
      reasoning: { summary: 'auto' },
      include: ['reasoning.encrypted_content'],
    }).output;
    expect(spoken).toMatchObject({
      encrypted_content: expect.stringMatching(/^gAAAAA/),
      summary: [{ type: 'summary_text', text: expect.any(String) }],
    });
  });

  test('the newest models say which phase a message belongs to', () => {
    expect(responseOf({ model: 'gpt-5.5' }).output[1]).toMatchObject({ type: 'message', phase: 'final_answer' });
  });

  test('a script’s text and calls come in order', () => {
    const scripted = { text: 'Let me see.', toolCalls: [{ name: 'look', arguments: '{}' }] };
    const { output } = responseOf({}, testContext({ scripted }));
    expect(output.map(({ type }) => type)).toEqual(['message', 'function_call']);
  });

  test('logprobs fill when they are included', () => {
    const { output } = responseOf({ include: ['message.output_text.logprobs'], top_logprobs: 1 });
    expect(output[0]).toMatchObject({
      content: [{ logprobs: [{ token: '4', bytes: [52], top_logprobs: [{ token: '4' }] }] }],
    });
  });
});

describe('history', () => {
  test('previous_response_id brings the earlier turns into the count and the tools’ names', () => {
    const context = testContext();
    const first = responseOf({ input: 'weather', tools }, context);
    const call = first.output[0] as { call_id: string };
    const alone = responseOf({ input: 'thanks' }, context);
    const next = responseOf(
      {
        previous_response_id: first.id,
        tools,
        input: [{ type: 'function_call_output', call_id: call.call_id, output: 'sunny' }],
      },
      context,
    );
    expect(next.previous_response_id).toBe(first.id);
    expect(next.output[0]).toMatchObject({ content: [{ text: 'get_weather returned: sunny' }] });
    expect(next.usage!.input_tokens).toBeGreaterThan(alone.usage!.input_tokens);
  });

  test('an unanswered call of the previous response is refused', () => {
    const context = testContext();
    const first = responseOf({ input: 'weather', tools }, context);
    const reply = ask({ previous_response_id: first.id, input: 'and now?' }, context);
    expect(reply.status).toBe(400);
    expect(bodyOf(reply)).toMatchObject({
      error: { message: expect.stringMatching(/^No tool output found for function call call_/) },
    });
  });

  test('a response with store false is not kept', () => {
    const context = testContext();
    const { id } = responseOf({ store: false }, context);
    expect(call('responses.retrieve', { params: { id } }, context).status).toBe(404);
  });
});
