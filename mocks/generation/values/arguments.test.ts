import { describe, expect, test } from 'vitest';
import { callsFor, exchanged, tool, user, valueFor } from '../prompt.fixture.ts';

const text = { type: 'string' };
const integer = { type: 'integer' };
const flag = { type: 'boolean' };
const object = (properties: object, required = Object.keys(properties)) => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});

describe('arguments come from the prompt', () => {
  const forecast = tool(
    'forecast',
    'Weather forecast for a city',
    { city: text, unit: { enum: ['celsius', 'fahrenheit'] }, days: integer },
    ['city'],
  );
  const flight = tool('book_flight', 'Book a flight', {
    origin: text,
    destination: text,
    date: { ...text, format: 'date' },
    passengers: integer,
    cabin: { ...text, enum: ['economy', 'business'] },
    refundable: flag,
  });

  test.each([
    ['forecast for Paris', '{"city":"Paris"}'],
    ['What is the weather forecast in San Francisco, CA?', '{"city":"San Francisco, CA"}'],
    ['What is the weather forecast in Paris, France?', '{"city":"Paris"}'],
    ['weather forecast in new york for 3 days in fahrenheit', '{"city":"new york","unit":"fahrenheit","days":3}'],
    ['For 5 days, what is the weather forecast in São Paulo?', '{"city":"São Paulo","days":5}'],
    ['forecast please. city: Oslo', '{"city":"Oslo"}'],
    ['What is the forecast?', '{"city":"Berlin"}'],
  ])('%s', (asked, input) => {
    expect(callsFor(asked, [forecast])).toEqual([`forecast ${input}`]);
  });

  test.each([
    [
      'Book a flight from Berlin to New York on March 3, 2026 for 2 passengers, business, non-refundable',
      {
        origin: 'Berlin',
        destination: 'New York',
        date: '2026-03-03',
        passengers: 2,
        cabin: 'business',
        refundable: false,
      },
    ],
    [
      'Book a flight to Rome from Oslo on 2026-12-24, refundable, for three passengers',
      { origin: 'Oslo', destination: 'Rome', date: '2026-12-24', passengers: 3, cabin: 'economy', refundable: true },
    ],
  ])('%s', (asked, input) => {
    expect(callsFor(asked, [flight])).toEqual([`book_flight ${JSON.stringify(input)}`]);
  });

  test('numbers go to the words that they stand beside, whatever their order', () => {
    const hotel = tool('book_hotel', 'Book a hotel', { guests: integer, nights: integer, budget: integer });
    expect(callsFor('Book a hotel for 3 nights and 2 guests with a budget of $400', [hotel])).toEqual([
      'book_hotel {"guests":2,"nights":3,"budget":400}',
    ]);
  });

  test('a name in any script', () => {
    const create = tool('create_customer', 'Creates a customer', { customer_name: text, description: text });
    const asked = "Create a customer named '你好啊集团' (Hello Group) - a Chinese technology company";
    expect(callsFor(asked, [create])[0]).toContain('"customer_name":"你好啊集团"');
  });

  test('an address, what is quoted and what is to be said', () => {
    const mail = tool('send_email', 'Send an email', { to: { ...text, format: 'email' }, subject: text, body: text });
    expect(
      callsFor('Send an email to bob@example.com with subject "Lunch" saying that lunch is at noon', [mail]),
    ).toEqual(['send_email {"to":"bob@example.com","subject":"Lunch","body":"lunch is at noon"}']);
  });

  test('amounts, currencies, expressions, identifiers, addresses of pages, and the bare request', () => {
    const convert = tool('convert', 'Convert an amount of money', {
      amount: { type: 'number' },
      from_currency: text,
      to_currency: text,
    });
    expect(callsFor('Convert 1,250.50 USD to euros', [convert])).toEqual([
      'convert {"amount":1250.5,"from_currency":"USD","to_currency":"EUR"}',
    ]);
    const calculate = tool('calculate', 'Calculate', { expression: text });
    expect(callsFor('Calculate 15 * (2 + 3)', [calculate])).toEqual(['calculate {"expression":"15 * (2 + 3)"}']);
    const order = tool('order_status', 'Status of an order', { order_id: text });
    expect(callsFor('What is the status of order #A-1234?', [order])).toEqual(['order_status {"order_id":"A-1234"}']);
    const fetchPage = tool('fetch_page', 'Fetch a web page', { url: text });
    expect(callsFor('Fetch the page https://example.org/a?b=1.', [fetchPage])).toEqual([
      'fetch_page {"url":"https://example.org/a?b=1"}',
    ]);
    const search = tool('web_search', 'Search the web', { query: text });
    expect(callsFor('Please search the web for cheap flights to Rome', [search])).toEqual([
      'web_search {"query":"cheap flights to Rome"}',
    ]);
  });

  test('each of several tools takes its part of the question', () => {
    const add = tool('add', 'Add two numbers', { a: integer, b: integer });
    const multiply = tool('multiply', 'Multiply two numbers', { a: integer, b: integer });
    expect(callsFor('Add 2 and 3, then multiply 4 by 5', [add, multiply]).toSorted()).toEqual([
      'add {"a":2,"b":3}',
      'multiply {"a":4,"b":5}',
    ]);
  });

  test('a fact said turns ago, and what an earlier tool returned', () => {
    const turns = [
      user('I live in Paris.'),
      { role: 'assistant', text: 'Nice.' } as const,
      user('How is the weather forecast where I live?'),
    ];
    expect(callsFor('', [forecast], { turns })).toEqual(['forecast {"city":"Paris"}']);
    const report = tool('final_result', 'Final', { temperature: { type: 'number' }, conditions: text });
    const after = [
      user('forecast for Paris'),
      ...exchanged('forecast', '{}', '{"now":{"temperature":-3.5,"conditions":"fog"}}'),
    ];
    expect(callsFor('', [report], { turns: after, toolChoice: 'required' })).toEqual([
      'final_result {"temperature":-3.5,"conditions":"fog"}',
    ]);
  });

  test('free text for a custom tool is what the question gives it', () => {
    const custom = { kind: 'custom', name: 'run_code', description: 'Runs code', parameters: undefined } as const;
    expect(callsFor('Run this code:\n```python\nprint(1)\n```', [custom])).toEqual(['run_code print(1)']);
  });
});

describe('structured values come from the prompt', () => {
  const person = object({
    name: text,
    age: integer,
    city: text,
    email: { ...text, format: 'email' },
    is_student: flag,
  });

  test('people with all that is said of them', () => {
    expect(valueFor('John Smith is 35 years old and lives in Berlin. He is not a student. john@x.org', person)).toEqual(
      {
        name: 'John Smith',
        age: 35,
        city: 'Berlin',
        email: 'john@x.org',
        is_student: false,
      },
    );
    expect(
      valueFor('Alice (30) from Rome and Bob (25) from Paris', object({ people: { type: 'array', items: person } })),
    ).toMatchObject({
      people: [
        { name: 'Alice', age: 30, city: 'Rome' },
        { name: 'Bob', age: 25, city: 'Paris' },
      ],
    });
  });

  test('an event, lists and sentiments', () => {
    const event = object({ name: text, date: text, participants: { type: 'array', items: text } });
    expect(valueFor('Alice and Bob are going to a science fair on Friday.', event)).toEqual({
      name: 'science fair',
      date: 'Friday',
      participants: ['Alice', 'Bob'],
    });
    const list = object({
      ingredients: { type: 'array', items: text },
      minutes: integer,
      numbers: { type: 'array', items: integer },
    });
    expect(valueFor('Pancakes with flour, eggs and milk take 20 minutes. Numbers: 4, 8 and 15', list)).toEqual({
      ingredients: ['flour', 'eggs', 'milk'],
      minutes: 20,
      numbers: [4, 8, 15],
    });
    const sentiment = object({ sentiment: { ...text, enum: ['neutral', 'positive', 'negative'] } });
    expect(valueFor('I hate this terrible phone', sentiment)).toEqual({ sentiment: 'negative' });
    expect(valueFor('What a great day, I love it', sentiment)).toEqual({ sentiment: 'positive' });
    const labels = object({ labels: { type: 'array', items: { ...text, enum: ['bug', 'docs', 'question'] } } });
    expect(valueFor('A bug in the docs', labels)).toEqual({ labels: ['bug', 'docs'] });
  });

  test('the alternative that the text speaks of', () => {
    const branches = [
      object({ kind: { const: 'circle' }, radius: { type: 'number' } }),
      object({ kind: { const: 'rectangle' }, width: { type: 'number' }, height: { type: 'number' } }),
    ];
    expect(valueFor('A rectangle of width 4 and height 3', object({ shape: { anyOf: branches } }))).toEqual({
      shape: { kind: 'rectangle', width: 4, height: 3 },
    });
    expect(valueFor('A circle with radius 2.5', object({ shape: { oneOf: branches } }))).toEqual({
      shape: { kind: 'circle', radius: 2.5 },
    });
  });

  test('what nothing is said of is plausible', () => {
    const schema = object({
      city: text,
      first_name: text,
      age: integer,
      price: { type: 'number', maximum: 5 },
      created_at: { ...text, format: 'date-time' },
      level: { ...text, default: 'low' },
      zeta: text,
    });
    expect(valueFor('hello', schema)).toEqual({
      city: 'Berlin',
      first_name: 'Ada',
      age: 36,
      price: 1,
      created_at: '2026-01-15T09:30:00Z',
      level: 'low',
      zeta: 'zeta',
    });
  });

  test('nothing that the schema does not allow is taken', () => {
    const schema = object({
      age: { type: 'integer', maximum: 10 },
      code: { ...text, pattern: '^[A-Z]{3}$' },
      city: { ...text, maxLength: 3 },
    });
    expect(valueFor('Ada is 35, lives in Paris, code: abc', schema)).toEqual({
      age: 1,
      code: expect.stringMatching(/^[A-Z]{3}$/) as string,
      city: expect.stringMatching(/^.{0,3}$/) as string,
    });
  });
});
