import { expect, test } from 'vitest';
import { conversationIn } from './conversation.ts';

const nothing = (): never[] => [];

test('a chat is at the answer after those that were given, and ends with what its tools said', () => {
  const call = { id: 'c1', type: 'function', function: { name: 'get_weather', arguments: '{}' } };
  const body = {
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Weather?' },
      { role: 'assistant', content: null, tool_calls: [call] },
      { role: 'tool', tool_call_id: 'c1', content: 'sunny' },
    ],
    tools: [
      { type: 'function', function: { name: 'get_weather' } },
      { type: 'custom', custom: { name: 'sql' } },
    ],
  };
  expect(conversationIn(body, nothing)).toEqual({
    system: 'Be brief.',
    tools: ['get_weather', 'sql'],
    turn: 2,
    toolResults: [{ tool: 'get_weather', text: 'sunny' }],
    answeredCalls: [{ name: 'get_weather', input: '{}' }],
  });
});

test('a response counts the turns of the one before it, and its instructions are system text', () => {
  const history = [
    { role: 'user', text: 'Weather?' },
    {
      role: 'assistant',
      text: 'get_weather{}',
      callId: 'c1',
      name: 'get_weather',
      calls: [{ name: 'get_weather', input: '{}' }],
    },
  ] as const;
  const body = {
    previous_response_id: 'resp_1',
    instructions: 'Be brief.',
    input: [{ type: 'function_call_output', call_id: 'c1', output: 'sunny' }],
    tools: [{ type: 'web_search' }, { type: 'function', name: 'get_weather' }],
  };
  expect(conversationIn(body, (id) => (id === 'resp_1' ? history : []))).toEqual({
    system: 'Be brief.',
    tools: ['web_search', 'get_weather'],
    turn: 2,
    toolResults: [{ tool: 'get_weather', text: 'sunny' }],
    answeredCalls: [{ name: 'get_weather', input: '{}' }],
  });
});

test('several items of one answer are one turn', () => {
  const input = [
    { role: 'user', content: 'a' },
    { role: 'assistant', content: 'b' },
    { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' },
    { role: 'user', content: 'c' },
  ];
  expect(conversationIn({ input }, nothing).turn).toBe(2);
});

test.each([[undefined], ['text'], [{}], [{ messages: [] }], [{ messages: 'wrong', tools: 'wrong' }]])(
  'nothing was said in %j',
  (body) => {
    expect(conversationIn(body, nothing)).toEqual({ system: '', tools: [], turn: 1, toolResults: [] });
  },
);
