import { expect, test } from 'vitest';
import { contextFor, targetFor } from '../translate.fixture.ts';
import { AnswerTranslation, translateRequest } from '../translation.ts';

const SPAWN = {
  type: 'function',
  name: 'spawn',
  description: 'Starts one.',
  parameters: { type: 'object', properties: {} },
};
const READ = { type: 'function', name: 'read', parameters: { type: 'object', properties: {} } };
const SPACE = { type: 'namespace', name: 'agents', description: 'Others.', tools: [SPAWN, { ...READ, name: 'wait' }] };
const BODY = { model: 'm', input: 'Go on.', tools: [READ, SPACE] };

test.each(['chat', 'messages', 'gemini'] as const)('tools of a namespace reach an endpoint of %s one by one', (to) => {
  const { body, dropped } = translateRequest({ from: 'responses', to }, BODY, targetFor('claude-sonnet-5'));
  for (const name of ['read', 'spawn', 'wait']) expect(JSON.stringify(body)).toContain(`"name":"${name}"`);
  expect(JSON.stringify(body)).not.toContain('namespace');
  expect(dropped).toEqual([]);
});

test('between Responses a namespace stays one', () => {
  const { body } = translateRequest({ from: 'responses', to: 'responses' }, BODY, targetFor('claude-sonnet-5'));
  expect(body['tools']).toEqual([expect.objectContaining({ name: 'read' }), SPACE]);
});

/** The calls that a Responses client hears of, of a chat answer that calls a tool. */
function called(name: string, request: typeof BODY): Record<string, unknown>[] {
  const translation = new AnswerTranslation({ from: 'chat', to: 'responses', context: contextFor({ request }) });
  const call = { id: 'call_1', type: 'function', function: { name, arguments: '{}' } };
  const message = { role: 'assistant', content: null, tool_calls: [call] };
  const choices = [{ index: 0, message, finish_reason: 'tool_calls' }];
  const answer = { id: 'c', object: 'chat.completion', created: 1, model: 'm', choices };
  const body = translation.body(Buffer.from(JSON.stringify(answer)));
  return (JSON.parse(body.toString()) as { output: Record<string, unknown>[] }).output;
}

test('a call says in which namespace its tool stands; a plain tool has none, also beside one of its name', () => {
  expect(called('spawn', BODY)).toMatchObject([{ name: 'spawn', namespace: 'agents' }]);
  expect(called('read', BODY)[0]).not.toHaveProperty('namespace');
  const both = { ...BODY, tools: [READ, { ...SPACE, tools: [READ] }] };
  expect(called('read', both)[0]).not.toHaveProperty('namespace');
});
