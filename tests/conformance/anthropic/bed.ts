import Anthropic from '@anthropic-ai/sdk';
import type { ClientOptions } from '@anthropic-ai/sdk';
import type { MockOptions } from '../../../mocks/index.ts';
import { bedForFile } from '../bed.ts';

/** A mock for the tests of one file, and the official client of Anthropic without retries unless they are asked for. */
export function anthropicBed(options: MockOptions = {}) {
  const bed = bedForFile(options);
  return {
    get mock() {
      return bed.mock;
    },
    client: (over: ClientOptions = {}) =>
      new Anthropic({ baseURL: bed.mock.url, apiKey: 'sk-ant-test', maxRetries: 0, logLevel: 'off', ...over }),
  };
}

export const model = 'claude-sonnet-5';

export const ask = (content: string): { role: 'user'; content: string }[] => [{ role: 'user', content }];

export const weatherTool: Anthropic.Tool = {
  name: 'get_weather',
  description: 'Weather of a city',
  input_schema: {
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
    additionalProperties: false,
  },
};

export const calendarTool: Anthropic.Tool = {
  name: 'read_calendar',
  description: 'Reads my calendar',
  input_schema: { type: 'object', properties: {} },
};
