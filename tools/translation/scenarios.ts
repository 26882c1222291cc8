import { deepStrictEqual, equal, match, ok } from 'node:assert/strict';
import type { AnswerRule, Mock } from '../../mocks/index.ts';
import type { Asked, AskedTool, Heard, MadeCall, Talk } from './client.ts';

/** One thing that clients do. */
export interface Scenario {
  readonly name: string;
  readonly asked: Omit<Asked, 'stream' | 'model'>;
  /** An endpoint whose protocol has no word for it refuses it. */
  readonly mayBeRefused?: true;
  /** How the endpoint is made to answer. */
  prepare(mock: Mock): Promise<void>;
  /** Throws an AssertionError that says what is not as it was asked for; returns what was heard, one after the other. */
  play(talk: Talk, endpoint: { readonly showsThoughts: boolean }): Promise<readonly Heard[]>;
}

const TEXT = 'The Danube rises in the Black Forest and ends in the Black Sea.';

const WEATHER: AskedTool = {
  name: 'get_weather',
  description: 'The weather in a city.',
  parameters: {
    type: 'object',
    properties: { city: { type: 'string', description: 'Name of the city.' } },
    required: ['city'],
    additionalProperties: false,
  },
};

const SCHEMA = {
  type: 'object',
  properties: { river: { type: 'string' }, kilometres: { type: 'integer' } },
  required: ['river', 'kilometres'],
  additionalProperties: false,
};

/** One red pixel. */
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==';

const answering =
  (...rules: readonly AnswerRule[]) =>
  async (mock: Mock): Promise<void> => {
    for (const rule of rules) await mock.answer(rule);
  };

function counted({ input, output }: Heard): void {
  ok(input > 0, 'no input tokens');
  ok(output > 0, 'no output tokens');
}

const called = (calls: readonly MadeCall[]): unknown => calls.map(({ name, args }) => ({ name, args }));
const cityCall = (city: string): { name: string; arguments: object } => ({ name: 'get_weather', arguments: { city } });
const madeCall = (city: string): object => ({ name: 'get_weather', args: { city } });

async function once(talk: Talk, judge: (heard: Heard) => void): Promise<readonly Heard[]> {
  const heard = await talk.ask();
  judge(heard);
  counted(heard);
  return [heard];
}

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'text',
    asked: { prompt: 'Where does the Danube rise?' },
    prepare: answering({ reply: { text: TEXT } }),
    play: (talk) =>
      once(talk, (heard) => {
        equal(heard.text, TEXT);
        equal(heard.finish, 'stop');
      }),
  },
  {
    name: 'tools',
    asked: { prompt: 'How is the weather in Oslo?', tools: [WEATHER] },
    prepare: answering({ reply: { toolCalls: [cityCall('Oslo')] } }),
    play: (talk) =>
      once(talk, (heard) => {
        deepStrictEqual(called(heard.calls), [madeCall('Oslo')]);
        equal(heard.finish, 'tools');
      }),
  },
  {
    name: 'parallel tools',
    asked: { prompt: 'How is the weather in Oslo, and in Bergen?', tools: [WEATHER] },
    prepare: answering({ reply: { toolCalls: [cityCall('Oslo'), cityCall('Bergen')] } }),
    play: (talk) =>
      once(talk, (heard) => {
        deepStrictEqual(called(heard.calls), [madeCall('Oslo'), madeCall('Bergen')]);
        equal(new Set(heard.calls.map(({ id }) => id)).size, 2);
      }),
  },
  {
    name: 'tool loop with reasoning',
    asked: { prompt: 'How is the weather in Oslo?', tools: [WEATHER], thinks: true },
    prepare: answering(
      {
        match: { turn: 1 },
        reply: { reasoning: 'They ask for Oslo.', toolCalls: [cityCall('Oslo')] },
      },
      { match: { toolResultOf: 'get_weather' }, reply: { text: 'It rains in Oslo.' } },
    ),
    async play(talk, { showsThoughts }) {
      const first = await talk.ask();
      deepStrictEqual(called(first.calls), [madeCall('Oslo')]);
      if (showsThoughts) ok(first.thought, 'the thoughts are lost');
      talk.answer(first.calls.map((call) => ({ call, text: 'rain, 7 degrees' })));
      const second = await talk.ask();
      equal(second.text, 'It rains in Oslo.');
      counted(second);
      return [first, second];
    },
  },
  {
    name: 'structured',
    asked: { prompt: 'How long is the Danube?', schema: SCHEMA },
    prepare: answering({ reply: { text: '{"river":"Danube","kilometres":2850}' } }),
    play: (talk) =>
      once(talk, (heard) => {
        deepStrictEqual(JSON.parse(heard.text), { river: 'Danube', kilometres: 2_850 });
        equal(heard.finish, 'stop');
      }),
  },
  {
    name: 'image',
    asked: { prompt: 'Which colour is this?', image: PIXEL },
    prepare: answering({ reply: { text: 'Red.' } }),
    play: (talk) => once(talk, (heard) => equal(heard.text, 'Red.')),
  },
  {
    name: 'settings',
    asked: { prompt: 'Where does the Danube rise?', tunes: true },
    prepare: answering({ reply: { text: TEXT } }),
    play: (talk) => once(talk, (heard) => equal(heard.text, TEXT)),
  },
  {
    name: 'stop',
    mayBeRefused: true,
    asked: { prompt: 'Where does the Danube rise?', stop: 'END' },
    prepare: answering({ reply: { text: TEXT } }),
    play: (talk) => once(talk, (heard) => equal(heard.text, TEXT)),
  },
  {
    name: 'logprobs',
    mayBeRefused: true,
    asked: { prompt: 'Where does the Danube rise?', logprobs: true },
    prepare: answering({ reply: { text: TEXT } }),
    play: (talk) => once(talk, (heard) => equal(heard.text, TEXT)),
  },
  {
    name: 'limit',
    asked: { prompt: 'Tell me about the Danube.', maxTokens: 64 },
    prepare: answering({ reply: { text: TEXT, finishReason: 'length' } }),
    play: (talk) =>
      once(talk, (heard) => {
        match(heard.text, /^The Danube/);
        equal(heard.finish, 'length');
      }),
  },
];

/** The status with which an endpoint refuses in the scenario `error`, which no answer follows. */
export const REFUSAL = 429;
