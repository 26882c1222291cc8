import { describe, expect, test } from 'vitest';
import { generate } from './generate.ts';
import { modelFacts } from './models.ts';
import { promptFor } from './prompt.fixture.ts';
import type { Prompt, Turn } from './prompt.ts';
import { createTokenizer } from './tokenizer.ts';

const tokenizer = createTokenizer();
const weather = {
  kind: 'function',
  name: 'get_weather',
  parameters: { type: 'object', properties: { city: { type: 'string' } } },
} as const;
const calendar = { kind: 'function', name: 'addToCalendar', parameters: undefined } as const;

const textOf = (asked: string, over: Partial<Prompt> = {}) => generate(promptFor(asked, over), tokenizer).text;
const namesOf = (asked: string, over: Partial<Prompt>) =>
  generate(promptFor(asked, over), tokenizer).calls.map(({ name }) => name);

describe('text', () => {
  test.each([
    ['Please say HELLO FROM LLMPROXY now', 'Hello from LLMProxy!'],
    ['Count from 1 to 5, one a line', '1\n2\n3\n4\n5'],
    ['What is 2+2?', '4'],
    ['Name the three colors', 'Red\nBlue\nYellow'],
    ['The primary colors?', 'Red\nBlue\nYellow'],
    ['What is the capital of France?', 'Paris'],
    ['Anything else', 'Mock response to: Anything else'],
  ])('%s is answered with its known answer', (asked, answer) => {
    expect(textOf(asked)).toBe(answer);
  });

  test('a bedtime story with a unicorn is one sentence with a unicorn', () => {
    const story = textOf('Tell me a three sentence bedtime story about a unicorn.');
    expect(story).toMatch(/unicorn/);
    expect(story?.match(/[.!?]/g)).toHaveLength(1);
  });

  test('a question in the instructions is answered when the input has none', () => {
    expect(textOf('please', { instructions: 'Count from 1 to 5' })).toBe('1\n2\n3\n4\n5');
  });

  test('a known question is found at either end of a long text', () => {
    const long = 'word '.repeat(20_000);
    expect(textOf(`${long} what is 2+2?`)).toBe('4');
    expect(textOf(`What is 2+2? ${long}`)).toBe('4');
  });

  test('an echo is bounded and never ends in half a character', () => {
    const text = textOf('é😀'.repeat(1000)) ?? '';
    expect(text.length).toBeLessThan(500);
    expect(text.isWellFormed()).toBe(true);
  });

  test('a tag is appended to texts and not to JSON', () => {
    expect(textOf('2+2', { tag: '40123' })).toBe('4 [40123]');
    expect(textOf('x', { tag: '40123', format: { kind: 'json_schema', schema: { type: 'object' } } })).toBe('{}');
  });

  test('a stop word ends the text before it', () => {
    expect(textOf('2+2 and Hello from LLMProxy', { stop: ['LLM', 'from'] })).toBe('Hello ');
  });

  test('a token limit shortens the text to that many tokens and says length', () => {
    const answer = generate(promptFor('Count from 1 to 5', { maxTokens: 3 }), tokenizer);
    expect(answer).toMatchObject({ text: '1\n2', finish: 'length', visibleTokens: 3 });
  });

  test('a limit that fits the text exactly is no length stop', () => {
    expect(generate(promptFor('2+2', { maxTokens: 1 }), tokenizer)).toMatchObject({ text: '4', finish: 'stop' });
  });

  test('a limit inside the reasoning leaves no text', () => {
    const answer = generate(promptFor('2+2', { model: modelFacts('gpt-5'), maxTokens: 30 }), tokenizer);
    expect(answer).toMatchObject({ text: undefined, finish: 'length', reasoningTokens: 30 });
  });

  test('effort decides how long a reasoning model reasons', () => {
    const model = modelFacts('gpt-5-mini');
    const tokens = ['minimal', 'low', 'medium', 'high'].map(
      (effort) => generate(promptFor('x', { model, effort }), tokenizer).reasoningTokens,
    );
    expect(tokens).toEqual([0, 64, 128, 320]);
  });
});

describe('tools', () => {
  const tools = [weather, calendar];

  test('auto calls the tools whose words are in the request, and none at small talk', () => {
    expect(namesOf('how is the weather', { tools })).toEqual(['get_weather']);
    expect(namesOf('weather into my calendar', { tools })).toEqual(['get_weather', 'addToCalendar']);
    expect(namesOf('hello', { tools })).toEqual([]);
  });

  test('without parallel calls only one tool is called', () => {
    expect(namesOf('weather into my calendar', { tools, parallelTools: false })).toEqual(['get_weather']);
  });

  test('none calls no tool, a name calls that one', () => {
    expect(namesOf('weather', { tools, toolChoice: 'none' })).toEqual([]);
    expect(namesOf('weather', { tools, toolChoice: { name: 'addToCalendar' } })).toEqual(['addToCalendar']);
  });

  const answered: readonly Turn[] = [
    { role: 'user', text: 'weather?' },
    { role: 'assistant', text: 'get_weather{}' },
    { role: 'tool', text: 'sunny', name: 'get_weather' },
  ];

  test('a tool’s answer is read back and ends the loop', () => {
    const answer = generate(promptFor('weather?', { tools, turns: answered }), tokenizer);
    expect(answer).toMatchObject({ text: 'get_weather returned: sunny', calls: [], finish: 'stop' });
  });

  test('required calls a tool that has not answered yet, and none once all have', () => {
    expect(namesOf('weather?', { tools, turns: answered, toolChoice: 'required' })).toEqual(['addToCalendar']);
    expect(namesOf('weather?', { tools: [weather], turns: answered, toolChoice: 'required' })).toEqual([]);
  });

  test('a function without parameters is called with an empty object', () => {
    expect(generate(promptFor('calendar', { tools }), tokenizer).calls[0]?.input).toBe('{}');
  });

  test('a token limit cuts the arguments of a call', () => {
    const answer = generate(promptFor('weather', { tools, maxTokens: 1 }), tokenizer);
    expect(answer.finish).toBe('length');
    expect(answer.calls).toHaveLength(1);
    expect(answer.calls[0]?.pieces).toHaveLength(1);
  });
});

describe('scripts', () => {
  const scripted = (script: Prompt['scripted'], over: Partial<Prompt> = {}) =>
    generate(promptFor('2+2', { scripted: script, ...over }), tokenizer);

  test('a scripted text is taken whole, whatever stop and limit say', () => {
    const answer = scripted({ text: 'one two three four' }, { stop: ['two'], maxTokens: 2 });
    expect(answer).toMatchObject({ text: 'one two three four', finish: 'stop' });
  });

  test('chunks are the exact deltas', () => {
    expect(scripted({ chunks: ['a', 'bc', ''] })).toMatchObject({ text: 'abc', pieces: ['a', 'bc', ''] });
  });

  test('a script with reasoning alone keeps the default text', () => {
    expect(scripted({ reasoning: 'Adding.' })).toMatchObject({ text: '4', reasoning: 'Adding.', reasoningTokens: 2 });
  });

  test('a refusal has no text, calls come with their arguments as JSON', () => {
    expect(scripted({ refusal: 'No.' })).toMatchObject({ text: undefined, refusal: 'No.', finish: 'stop' });
    const answer = scripted({ toolCalls: [{ name: 'look', arguments: { at: 1 } }] });
    expect(answer.calls[0]).toMatchObject({ name: 'look', input: '{"at":1}' });
    expect(answer.finish).toBe('tool_calls');
  });
});
