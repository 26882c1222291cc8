import type { ChatCompletion } from 'openai/resources/chat/completions';
import type { Response } from 'openai/resources/responses/responses';
import { describe, expect, test } from 'vitest';
import { FIND_HARBOUR, RIVER_FACT, TIDE_NOW } from '../generation/prompt-tokens/worked.fixture.ts';
import { bodyOf, call, testContext } from './testing.ts';
import type { Asked } from './token-requests.fixture.ts';
import { chatBody, findHull, question, responsesBody, wire } from './token-requests.fixture.ts';

const two = [FIND_HARBOUR, TIDE_NOW];

describe('what an answer costs', () => {
  const outputs = (
    model: string,
    protocol: 'chat' | 'responses',
    scripted: object,
    asked: Omit<Asked, 'talk'> = {},
    more: object = {},
  ) => {
    const context = testContext({ scripted });
    const body = { talk: [question], ...asked };
    if (protocol === 'chat') {
      const reply = call('chat.completions', { body: wire({ model, ...chatBody(body), ...more }) }, context);
      return (bodyOf(reply) as ChatCompletion).usage!.completion_tokens;
    }
    const reply = call('responses', { body: wire({ model, ...responsesBody(body), ...more }) }, context);
    const { usage } = bodyOf(reply) as Response;
    return usage!.output_tokens - usage!.output_tokens_details.reasoning_tokens;
  };
  const one = { toolCalls: [{ name: 'find_harbour', arguments: findHull.input }] };
  const both = { toolCalls: [...one.toolCalls, { name: 'tide_now', arguments: '{}' }] };
  const said = { text: 'The Nile.' };
  const tools = { functions: two };
  const thinking = { reasoning: { effort: 'low' } };

  test.each<[string, number, number]>([
    ['chat of gpt-4o', outputs('gpt-4o', 'chat', one, tools), 20],
    ['Responses of gpt-4o', outputs('gpt-4o', 'responses', one, tools), 21],
    ['Responses of gpt-5.4', outputs('gpt-5.4', 'responses', one, tools), 24],
    ['Responses of gpt-5.4 that thinks', outputs('gpt-5.4', 'responses', one, tools, thinking), 26],
    ['chat of gpt-5.4', outputs('gpt-5.4', 'chat', one, tools), 23],
    ['chat of gpt-4-0613', outputs('gpt-4-0613', 'chat', one, tools), outputs('gpt-4-turbo', 'chat', one, tools) + 3],
  ])('one call: %s', (_, got, expected) => {
    expect(got).toBe(expected);
  });

  test.each<[string, number, number]>([
    ['chat of gpt-4o', outputs('gpt-4o', 'chat', both, tools), 49],
    ['Responses of gpt-4o', outputs('gpt-4o', 'responses', both, tools), 50],
    ['Responses of gpt-5.4', outputs('gpt-5.4', 'responses', both, tools), 53],
    ['Responses of gpt-5.4 that thinks', outputs('gpt-5.4', 'responses', both, tools, thinking), 55],
  ])('two calls: %s', (_, got, expected) => {
    expect(got).toBe(expected);
  });

  test.each<[string, number, number]>([
    ['chat of gpt-4o', outputs('gpt-4o', 'chat', said), 3],
    ['chat of gpt-4o with tools', outputs('gpt-4o', 'chat', said, tools), 4],
    ['Responses of gpt-4o with tools', outputs('gpt-4o', 'responses', said, tools), 5],
    ['a refusal in chat', outputs('gpt-4o', 'chat', { refusal: 'The Nile.' }), 4],
    ['Responses of gpt-5.4', outputs('gpt-5.4', 'responses', said), 7],
    ['Responses of gpt-5.4 that thinks', outputs('gpt-5.4', 'responses', said, {}, thinking), 9],
    ['a schema in chat', outputs('gpt-4o', 'chat', said, { schema: RIVER_FACT }), 3],
    ['a schema and tools in chat', outputs('gpt-4o', 'chat', said, { schema: RIVER_FACT, ...tools }), 8],
    ['a schema in Responses of gpt-5.4', outputs('gpt-5.4', 'responses', said, { schema: RIVER_FACT }), 11],
    ['chat of gpt-5.4', outputs('gpt-5.4', 'chat', said), 6],
  ])('a text: %s', (_, got, expected) => {
    expect(got).toBe(expected);
  });

  test('a named call has its head in the prompt, and costs its arguments alone', () => {
    const named = { ...tools, choice: { name: 'find_harbour' } };
    expect(outputs('gpt-4o', 'chat', one, named)).toBe(9);
    expect(outputs('gpt-4o', 'responses', one, named)).toBe(10);
    expect(outputs('gpt-5.4', 'responses', one, named)).toBe(24);
  });
});
