import { describe, expect, test } from 'vitest';
import type { Turn } from '../prompt.ts';
import { answerTo, tool, user } from '../prompt.fixture.ts';

const textOf = (asked: string, before: readonly Turn[] = []) =>
  answerTo(asked, { turns: [...before, user(asked)] }).text ?? '';
const system = (text: string): Turn => ({ role: 'system', text });
const after = (said: string): readonly Turn[] => [user(said), { role: 'assistant', text: 'Noted.' }];

describe('words that are asked for', () => {
  test.each([
    ['Say exactly: Hello, world!', 'Hello, world!'],
    ['Reply with exactly "pong"', 'pong'],
    ['Reply with only the word PONG.', 'PONG'],
    ['Please respond with just OK and nothing else.', 'OK'],
    ['say “hi there”', 'hi there'],
    ['Repeat after me: the cat sat.', 'the cat sat'],
    ['Reply with exactly this sentence: The tide is low.', 'The tide is low.'],
    ['Reply with the word: pong', 'pong'],
    ['I have a request. Answer with exactly the following text: a, b and c', 'a, b and c'],
    ['Reply with exactly two words: blue moon', 'blue moon'],
  ])('%s', (asked, answer) => {
    expect(textOf(asked)).toBe(answer);
  });

  test.each([
    'Say hello',
    'Answer only in French',
    'Respond with only valid JSON',
    'Do not say "no"',
    'He would say "no" to that',
    'If you do not know, say "I do not know". What is life?',
  ])('%s is an echo', (asked) => {
    expect(textOf(asked)).toBe(`Mock response to: ${asked}`);
  });

  test('instructions may ask for them too', () => {
    expect(textOf('Hi', [system('Always answer with exactly "squawk".')])).toBe('squawk');
  });
});

describe('what was said before', () => {
  test.each([
    ['My name is Ada.', 'What is my name?', 'Your name is Ada.'],
    ['Hi, I’m Bob.', 'Who am I?', 'You are Bob.'],
    ['I live in Paris, by the way.', 'Where do I live?', 'You live in Paris, by the way.'],
    ['Remember that the secret code is 4711', 'What was the secret code again?', 'The secret code is 4711.'],
    [
      'My favourite colour is teal. I like tea.',
      'Do you remember my favorite color?',
      'Your favourite colour is teal.',
    ],
    ['I am 30 years old.', 'How old am I?', 'You are 30 years old.'],
    [
      'I am 30 years old. I live in Rome.',
      'How old am I and where do I live?',
      'You are 30 years old. You live in Rome.',
    ],
  ])('%s … %s', (said, asked, answer) => {
    expect(textOf(asked, after(said))).toBe(answer);
  });

  test('the newest of several facts counts, and nothing is made up', () => {
    expect(textOf('What is my name?', [...after('My name is Ada.'), ...after('My name is Bob.')])).toBe(
      'Your name is Bob.',
    );
    expect(textOf('What is my shoe size?', after('My name is Ada.'))).toBe('Mock response to: What is my shoe size?');
  });

  test('a question is answered out of the material that comes with it', () => {
    const context =
      'Context:\n- Acme was founded in 1999 in Oslo.\n- It makes anvils.\n\nQuestion: When was Acme founded?';
    expect(textOf(context)).toBe('Acme was founded in 1999 in Oslo.');
    const given = system('Use the following context: Returns are accepted within 30 days. Shipping is free.');
    expect(textOf('Within how many days are returns accepted?', [given])).toContain('30 days');
    expect(textOf('What is your name?', [system('You are a bot. Your name is Max.')])).toBe('My name is Max.');
  });
});

describe('answers as long as was asked', () => {
  test.each([
    ['Describe Berlin in five words', 5],
    ['Explain the tides in 12 words.', 12],
    ['Use at most 8 words to describe snow', 8],
    ['Answer in one word: what falls in winter?', 1],
  ])('%s', (asked, count) => {
    expect(textOf(asked).split(/\s+/)).toHaveLength(count);
  });

  test('fewer than means less', () => {
    expect(textOf('Describe snow in under 10 words').split(/\s+/).length).toBeLessThan(10);
  });

  test('sentences, bullets, lines and paragraphs', () => {
    expect(textOf('Explain recursion in 3 sentences').match(/[.!?](?=\s|$)/g)).toHaveLength(3);
    expect(textOf('List the uses of tea as 4 bullet points').split('\n')).toEqual(
      Array(4).fill(expect.stringMatching(/^- \S/)),
    );
    expect(textOf('Write two paragraphs about cats').split('\n\n')).toHaveLength(2);
    expect(textOf('Give me 3 tips for sleeping').split('\n')).toEqual(Array(3).fill(expect.stringMatching(/^\d\. \S/)));
  });
});

test('translations, summaries, sums and judgements are what they should be', () => {
  expect(textOf('Translate "good morning" to French')).toBe('Bonjour');
  expect(textOf('Translate the following to German: I love you')).toBe('Ich liebe dich');
  expect(textOf('How do you say hello in Spanish?')).toBe('Hola');
  expect(textOf('Translate to Japanese: the tide is low')).toBe('[Japanese] the tide is low');
  expect(textOf('I love programming.', [system('You translate English to French.')])).toBe('J’adore la programmation.');
  const story = 'The fox jumped over the dog. It was a sunny day. Everyone went home. Nothing else happened.';
  expect(textOf(`Summarize this text: ${story}`)).toBe('The fox jumped over the dog. It was a sunny day.');
  expect(textOf(`${story}\n\nTL;DR in one sentence`)).toBe('The fox jumped over the dog.');
  expect(textOf('What is 17 * 23?')).toBe('391');
  expect(textOf('Is snow white? Answer yes or no.')).toBe('Yes');
  expect(textOf('Is the sentiment positive or negative? I hate this terrible phone')).toBe('Negative');
});

describe('JSON', () => {
  const object = (asked: string, before: readonly Turn[] = []): unknown =>
    JSON.parse(answerTo(asked, { format: { kind: 'json_object' }, turns: [...before, user(asked)] }).text ?? '');

  test('has the keys that are named', () => {
    expect(object('Return a JSON object with keys name, age and city: John Smith is 35 and lives in Berlin')).toEqual({
      name: 'John Smith',
      age: 35,
      city: 'Berlin',
    });
    expect(
      object('JSON with the fields `title` (string), `year` (number) and `is_good` (boolean) for "Metropolis" of 1927'),
    ).toEqual({
      title: 'Metropolis',
      year: 1927,
      is_good: true,
    });
    expect(object('The sky is blue', [system("Answer in JSON with a 'reasoning' key and an 'answer' key.")])).toEqual({
      reasoning: expect.any(String) as string,
      answer: 'Mock response to: The sky is blue',
    });
  });

  test('has keys that are quoted before they are called so', () => {
    const asked =
      "Tell me a joke about cats. Return the result as a JSON with 'setup' and 'punchline' keys. Return nothing other than JSON.";
    expect(Object.keys(object(asked) as object)).toEqual(['setup', 'punchline']);
  });

  test('has the form of an example or of a schema', () => {
    expect(object('As JSON: {"name": "string", "age": number, "tags": ["string"]}. Ada is 30 years old.')).toEqual({
      name: 'Ada',
      age: 30,
      tags: ['sample'],
    });
    expect(object('Classify "it crashes". Return {"category": "bug|feature", "confidence": 0.5}')).toEqual({
      category: 'bug',
      confidence: 0.5,
    });
    const schema = {
      type: 'object',
      properties: { name: { type: 'string' }, age: { type: 'integer', maximum: 20 } },
      required: ['name'],
    };
    expect(object('Jason is 25', [system(`Reply with JSON of this schema: ${JSON.stringify(schema)}`)])).toEqual({
      name: 'Jason',
      age: 1,
    });
  });

  test('is plausible where nothing is named', () => {
    expect(object('Give me a JSON object describing a user')).toMatchObject({
      name: 'Ada Lovelace',
      email: 'ada@example.com',
    });
    expect(object('What is 2+2?')).toEqual({ answer: '4' });
  });

  test('comes also to a text that spells its form out, and to no other', () => {
    const example = '{"properties": {"foo": {"type": "array"}}, "required": ["foo"]}';
    const schema =
      '{"properties": {"setup": {"type": "string"}, "punchline": {"type": "string"}}, "required": ["setup", "punchline"]}';
    const told = system(
      `Answer with a JSON instance of the schema below. As an example, for ${example} {"foo": ["a"]} fits.\n${schema}`,
    );
    expect(Object.keys(JSON.parse(textOf('Tell me a joke.', [told])) as object)).toEqual(['setup', 'punchline']);
    expect(textOf('What is JSON?')).toBe('Mock response to: What is JSON?');
  });
});

test.each([
  'a',
  '"',
  '{"a":',
  '1',
  '1,',
  'A ',
  'say ',
  'say exactly ',
  'k: ',
  '#-_',
  ' ',
  '\n',
  '( + 1',
  'in JSON with keys a, ',
  'translate ',
  'translate to French ',
  'Aa-',
  'a@a.',
  'http://a',
  'in 5 words ',
  'summarize: ',
  'What is a? ',
  'write a poem ',
  "calling tools 'name' ",
])('a text of 256 KiB of %j is answered at once in every form', (piece) => {
  const asked = piece.repeat(Math.ceil((256 * 1024) / piece.length));
  const before: readonly Turn[] = [system(asked), user(asked), { role: 'assistant', text: asked }];
  const turns = [...before, user(asked)];
  const schema = {
    type: 'object',
    properties: {
      a: { type: 'string', pattern: '^(a+)+$' },
      n: { type: 'number' },
      e: { type: 'array', items: { type: 'string' } },
      city: { type: 'string' },
    },
    required: ['a', 'n', 'e', 'city'],
  };
  expect(answerTo(asked, { turns }).finish).toBe('stop');
  expect(answerTo(asked, { turns, format: { kind: 'json_object' } }).finish).toBe('stop');
  expect(answerTo(asked, { turns, format: { kind: 'json_schema', schema } }).finish).toBe('stop');
  expect(
    answerTo(asked, { turns, tools: [tool('look', asked, schema.properties)], toolChoice: 'required' }).finish,
  ).toBe('tool_calls');
});
