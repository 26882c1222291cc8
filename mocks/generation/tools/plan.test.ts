import { describe, expect, test } from 'vitest';
import type { Prompt, ToolSpec, Turn } from '../prompt.ts';
import { answerTo, callsFor, exchanged, tool, user } from '../prompt.fixture.ts';

const text = { type: 'string' };
const number = { type: 'number' };

const weather = tool('get_weather', 'Get the current weather for a city', { city: text });
const time = tool('get_time', 'Get the current time in a city', { city: text });
const billing = tool('transfer_to_billing', 'Handoff to the Billing agent to handle the request.');
const support = tool('transfer_to_support', 'Handoff to the Support agent to handle the request.');
const multiply = tool('multiply', 'Multiply two numbers', { a: number, b: number });
const add = tool('add', 'Add two numbers', { a: number, b: number });
const calculator = tool('calculator', 'Evaluate a math expression', { expression: text });
const mail = tool('send_email', 'Send an email', { to: { ...text, format: 'email' }, subject: text, body: text });
const stocks = tool('get_stock_price', 'Get the stock price of a company', { ticker: text });
const docs = tool('search_docs', 'Search the documentation', { query: text });
const order = tool('get_order_status', 'Look up the status of an order', { order_id: text });
const todo = tool('add_todo', 'Add an item to the todo list', { item: text });
const all = [weather, time, billing, support, multiply, add, calculator, mail, stocks, docs, order, todo];

const names = (asked: string, tools: readonly ToolSpec[] = all, over: Partial<Prompt> = {}) =>
  answerTo(asked, { tools, ...over }).calls.map(({ name }) => name);

describe('under auto', () => {
  test.each([
    'Hi!',
    'Hello, how are you today?',
    'Good morning',
    'Thanks a lot, bye',
    'What is your name?',
    'What can you do?',
    'Tell me a joke',
    'I love this weather!',
    'What a nice day',
    'Write a poem about rain in Paris',
    'What is the capital of France?',
    'Do not use any tools. How is the weather in Paris?',
    'How are numbers added?',
    'Which company built this city?',
    'The agent of the company asked for an item',
  ])('%s calls no tool', (asked) => {
    expect(names(asked)).toEqual([]);
  });

  test.each([
    ['What is the weather in Paris?', ['get_weather']],
    ['Will it rain in Oslo?', ['get_weather']],
    ['transfer me to billing', ['transfer_to_billing']],
    ['I have a question about my invoice', ['transfer_to_billing']],
    ['What is 17 times 23?', ['multiply']],
    ['What is 17 + 23?', ['add']],
    ['What is 12 * (3 + 4)?', ['calculator']],
    ['How is the weather in Paris and what time is it in Tokyo?', ['get_weather', 'get_time']],
    ['Where is my order 12345?', ['get_order_status']],
    ['How do I reset my password?', ['search_docs']],
    ['Add "order the weather stock" to my todo list', ['add_todo']],
    ['Please use get_time', ['get_time']],
    ['Check the stock price of ACME, but not the weather', ['get_stock_price']],
  ])('%s calls %j', (asked, expected) => {
    expect(names(asked)).toEqual(expected);
  });

  test('a tool that needs numbers is not called without any', () => {
    expect(names('Can you multiply things?', [multiply])).toEqual([]);
    expect(names('Can you multiply 3 by 4?', [multiply])).toEqual(['multiply']);
  });

  test('without parallel calls only the best fit is called', () => {
    const both = 'How is the weather in Paris and what time is it in Tokyo?';
    expect(names(both, all, { parallelTools: false })).toEqual(['get_weather']);
  });

  test('what goes on with a question is a question for the same tool', () => {
    const turns: readonly Turn[] = [
      user('How is the weather in Paris?'),
      ...exchanged('get_weather', '{"city":"Paris"}', 'sunny'),
      { role: 'assistant', text: 'It is sunny.' },
      user('And in London?'),
    ];
    expect(callsFor('And in London?', [weather, time], { turns })).toEqual(['get_weather {"city":"London"}']);
  });

  test('the answer to what the assistant asked is taken to the tool that it asked for', () => {
    const turns: readonly Turn[] = [
      user('How is the weather?'),
      { role: 'assistant', text: 'In which city?' },
      user('Paris'),
    ];
    expect(callsFor('Paris', [weather, time], { turns })).toEqual(['get_weather {"city":"Paris"}']);
  });

  test('each thing that a question lists is a call of its own', () => {
    expect(callsFor('How is the weather in Paris, London and Rome?', [weather])).toEqual([
      'get_weather {"city":"Paris"}',
      'get_weather {"city":"London"}',
      'get_weather {"city":"Rome"}',
    ]);
  });
});

/** Plays the client of an agent: each call is answered, until the model answers with a text or the turns run out. */
function loop(asked: string, over: Partial<Prompt>): readonly string[] {
  const turns: Turn[] = [user(asked)];
  const steps: string[] = [];
  for (let step = 0; step < 12; step += 1) {
    const { calls, text: said } = answerTo(asked, { ...over, turns });
    if (calls.length === 0) return [...steps, `text: ${said}`];
    steps.push(calls.map(({ name, input }) => `${name} ${input}`).join(' + '));
    turns.push({ role: 'assistant', text: '', calls: calls.map(({ name, input }) => ({ name, input })) });
    for (const { name } of calls) turns.push({ role: 'tool', text: `${name} is done`, name });
  }
  return [...steps, 'and so on'];
}

describe('every loop ends', () => {
  test('under auto after each call was made once', () => {
    const tools = [weather, time];
    const asked = 'How is the weather in Paris and what time is it in Tokyo?';
    expect(loop(asked, { tools })).toEqual([
      'get_weather {"city":"Paris"} + get_time {"city":"Tokyo"}',
      'text: get_weather returned: get_weather is done\nget_time returned: get_time is done',
    ]);
    expect(loop(asked, { tools, parallelTools: false })).toEqual([
      'get_weather {"city":"Paris"}',
      'get_time {"city":"Tokyo"}',
      'text: get_time returned: get_time is done',
    ]);
    expect(loop('How is the weather in Paris and London?', { tools, parallelTools: false })).toHaveLength(3);
  });

  test('under required with the tool that takes the answer, and never with the same call again', () => {
    const final = tool('final_answer', 'Provides a final answer', { answer: text });
    expect(loop('How is the weather in Paris?', { tools: [final, weather], toolChoice: 'required' })).toEqual([
      'get_weather {"city":"Paris"}',
      'final_answer {"answer":"get_weather returned: get_weather is done"}',
      'text: final_answer returned: final_answer is done',
    ]);
    expect(loop('Hi', { tools: [weather, final], toolChoice: 'required' })[0]).toBe(
      'final_answer {"answer":"Mock response to: Hi"}',
    );
    expect(loop('Hi', { tools: [weather, time], toolChoice: 'required' })).toHaveLength(3);
    expect(loop('Hi', { tools: [weather], toolChoice: { name: 'get_weather' } })).toHaveLength(2);
  });

  test('also where the tool was called with other arguments than the question has', () => {
    const turns = [user('How is the weather in Paris?'), ...exchanged('get_weather', '{"city":"Oslo"}', 'sunny')];
    expect(callsFor('', [weather, time], { turns })).toEqual([]);
  });

  test('an output tool under auto takes the answer once the tools have answered', () => {
    const final = tool('final_result', 'The final response', { city: text, report: text });
    expect(loop('How is the weather in Paris?', { tools: [final, weather] })).toEqual([
      'get_weather {"city":"Paris"}',
      expect.stringMatching(/^final_result \{"city":"Paris","report":/),
      expect.stringMatching(/^text: /),
    ]);
    expect(loop('Hi', { tools: [final, weather] })).toEqual(['text: Mock response to: Hi']);
  });

  test('where the framework sends what a tool returned as a message of the user', () => {
    const turns: readonly Turn[] = [
      user('New task:\nHow is the weather in Paris?'),
      {
        role: 'assistant',
        text: "Calling tools:\n[{'id': 'c', 'type': 'function', 'function': {'name': 'get_weather', 'arguments': {'city': 'Paris'}}}]",
      },
      user('Observation:\nsunny'),
    ];
    const final = tool('final_answer', 'Provides a final answer', { answer: text });
    expect(callsFor('Observation:\nsunny', [weather, final], { turns, toolChoice: 'required' })).toEqual([
      'final_answer {"answer":"get_weather returned: sunny"}',
    ]);
  });
});
