import { expect, test } from 'vitest';
import type { JsonObject } from '../../core/json.ts';
import { writeChatRequest } from '../chat/write-request.ts';
import type { Step } from '../steps.ts';
import { contextFor, targetFor } from '../translate.fixture.ts';
import { readResponsesRequest } from './read-request.ts';
import { ResponsesAnswerWriter } from './write-answer.ts';

const tools: JsonObject[] = [
  { type: 'function', name: 'look', parameters: { type: 'object', properties: {} } },
  {
    type: 'namespace',
    name: 'agents',
    description: 'Other agents.',
    tools: [
      { type: 'function', name: 'close', description: 'Closes one.', parameters: { type: 'object', properties: {} } },
      { type: 'custom', name: 'tell' },
    ],
  },
];
const request: JsonObject = {
  model: 'm',
  tools,
  input: [
    { type: 'function_call', call_id: 'call_1', name: 'close', namespace: 'agents', arguments: '{}' },
    { type: 'function_call_output', call_id: 'call_1', output: 'closed' },
  ],
};

test('tools of a namespace stand beside the others, by joined names, and so do their calls', () => {
  const { body, dropped } = writeChatRequest(
    readResponsesRequest(request),
    targetFor('gpt-4o', { provider: 'openai' }),
  );
  expect(body).toMatchObject({
    tools: [
      { function: { name: 'look' } },
      { function: { name: 'agents__close', description: 'Closes one.' } },
      { custom: { name: 'agents__tell' } },
    ],
    messages: [
      { role: 'assistant', tool_calls: [{ id: 'call_1', function: { name: 'agents__close' } }] },
      { role: 'tool', tool_call_id: 'call_1', content: 'closed' },
    ],
  });
  expect(dropped).toEqual(['tools.description']);
});

function answered(name: string, input: string): unknown {
  const steps: Step[] = [
    { kind: 'start', id: 'x', model: 'm' },
    { kind: 'call-start', choice: 0, block: 0, id: 'call_2', name },
    { kind: 'call-delta', block: 0, input },
    { kind: 'block-end', block: 0 },
    { kind: 'finish', choice: 0, cause: 'tool_calls' },
    { kind: 'end' },
  ];
  const { output } = JSON.parse(String(new ResponsesAnswerWriter(contextFor({ request })).body(steps))) as {
    output: unknown;
  };
  return output;
}

test('a call is answered with its namespace', () => {
  expect(answered('agents__close', '{}')).toMatchObject([
    { type: 'function_call', name: 'close', namespace: 'agents', arguments: '{}', call_id: 'call_2' },
  ]);
  expect(answered('agents__tell', '{"input":"hi"}')).toMatchObject([
    { type: 'custom_tool_call', name: 'tell', namespace: 'agents', input: 'hi' },
  ]);
  expect(answered('look', '{}')).toEqual([expect.not.objectContaining({ namespace: expect.anything() as unknown })]);
});
