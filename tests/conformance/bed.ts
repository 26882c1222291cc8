import OpenAI from 'openai';
import type { ClientOptions } from 'openai';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { startMock } from '../../mocks/index.ts';
import type { Mock, MockOptions } from '../../mocks/index.ts';

export interface Bed {
  /** The mock of this file; scripts and journal are forgotten before every test. */
  readonly mock: Mock;
  /** The official client, without retries unless they are asked for. */
  client(options?: ClientOptions): OpenAI;
}

/** Starts a mock for the tests of one file. */
export function bedForFile(options: MockOptions = {}): Bed {
  const started: Mock[] = [];
  const mock = (): Mock => {
    const [first] = started;
    if (first === undefined) throw new Error('the mock is only there while tests run');
    return first;
  };
  beforeAll(async () => void started.push(await startMock(options)));
  beforeEach(() => mock().reset());
  afterAll(() => mock().close());
  return {
    get mock() {
      return mock();
    },
    client: (over = {}) => new OpenAI({ baseURL: mock().baseURL, apiKey: 'sk-test', maxRetries: 0, ...over }),
  };
}

export const weatherTool = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'Weather of a city',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string' }, unit: { type: 'string', enum: ['c', 'f'] } },
      required: ['city', 'unit'],
      additionalProperties: false,
    },
    strict: true,
  },
} as const;
