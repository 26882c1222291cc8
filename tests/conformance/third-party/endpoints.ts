import { afterAll, beforeAll, beforeEach, describe } from 'vitest';
import { startMock, type Mock } from '../../../mocks/index.ts';
import type { App } from '../../../proxy/index.ts';
import { ENDPOINTS } from '../../../tools/translation/play.ts';
import { startApp } from '../../system/bed.ts';

/** Where a client is sent, while tests run. */
export interface Place {
  /** `http://127.0.0.1:PORT`: of the mock, or of a proxy in front of it. */
  readonly url: string;
  /** As strict as the providers; its scripts and its journal are forgotten before every test. */
  readonly mock: Mock;
  /** The family that the endpoint speaks, as `ENDPOINTS` names it; undefined at the mock alone. */
  readonly endpoint: string | undefined;
  /** The endpoint shows what it thinks: OpenAI's chat completions do not. */
  readonly showsThoughts: boolean;
}

type Starts = (mock: Mock) => Promise<App>;

/** Models that think; the clients' own names of models are others. */
const MODELS: Readonly<Record<string, string>> = { Messages: 'claude-sonnet-4-6' };

/** Runs a suite at the mock alone, and at a proxy in front of an endpoint of each family, which serves every model by one of its own. */
export function atEveryEndpoint(suite: (place: Place) => void, mockShowsThoughts = true): void {
  describe('the mock alone', () => suite(placeOf(undefined, mockShowsThoughts)));
  for (const { name, thinker, showsThoughts, endpoint } of ENDPOINTS) {
    const start: Starts = (mock) =>
      startApp({
        cache: { enabled: false },
        models: {
          '*': {
            endpoints: [
              { ...endpoint(mock), name: 'endpoint', api_key: 'sk-endpoint', model: MODELS[name] ?? thinker },
            ],
          },
        },
      });
    describe(`the proxy, an endpoint that speaks ${name}`, () => suite(placeOf(name, showsThoughts, start)));
  }
}

function placeOf(endpoint: string | undefined, showsThoughts: boolean, start?: Starts): Place {
  let mock: Mock | undefined;
  let app: App | undefined;
  const started = <T>(part: T | undefined): T => {
    if (part === undefined) throw new Error('a place is only there while tests run');
    return part;
  };
  beforeAll(async () => {
    mock = await startMock({ strictness: 'openai' });
    app = await start?.(mock);
  });
  beforeEach(() => started(mock).reset());
  afterAll(async () => {
    await app?.close();
    await mock?.close();
  });
  return {
    endpoint,
    showsThoughts,
    get mock() {
      return started(mock);
    },
    get url() {
      return start ? started(app).url : started(mock).url;
    },
  };
}

/** Long enough for several events, whatever the provider. */
export const TEXT = 'The Danube rises in the Black Forest and ends in the Black Sea. '.repeat(12).trim();
export const THOUGHT = 'They ask for Oslo.';
/** One red pixel: PNG, base64. */
export const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==';

/** The endpoint calls a tool for each city, thinks before it, and ends with what it was told. */
export async function callsThenSays({ mock }: Place, tool: string, ...cities: readonly string[]): Promise<void> {
  const toolCalls = cities.map((city) => ({ name: tool, arguments: { city } }));
  await mock.answer({ match: { turn: 1 }, reply: { reasoning: THOUGHT, toolCalls } });
  await mock.script([{ match: { toolResultOf: tool }, answer: 'They say: {{toolResult}}' }]);
}

/** What the endpoint was asked last, as it came. */
export async function lastAsked({ mock }: Place): Promise<string> {
  return JSON.stringify((await mock.requests()).at(-1)?.body);
}
