import { AssertionError } from 'node:assert/strict';
import { invoiceOf, startMock, type Mock } from '../../mocks/index.ts';
import { App, parseConfig } from '../../proxy/index.ts';
import { anthropicMessages } from './anthropic-messages.ts';
import type { ClientFamily, Heard } from './client.ts';
import { googleGemini } from './google-gemini.ts';
import { openaiChat } from './openai-chat.ts';
import { openaiResponses } from './openai-responses.ts';
import { REFUSAL, type Scenario, SCENARIOS } from './scenarios.ts';

export const CLIENTS: readonly ClientFamily[] = [openaiChat, openaiResponses, anthropicMessages, googleGemini];

/** An endpoint that speaks one family alone. */
export interface EndpointFamily {
  readonly name: string;
  /** A model, and one that thinks. */
  readonly model: string;
  readonly thinker: string;
  /** OpenAI's chat completions think, and say nothing of it. */
  readonly showsThoughts: boolean;
  readonly endpoint: (mock: Mock) => object;
}

const MODEL = 'client-model';

export const ENDPOINTS: readonly EndpointFamily[] = [
  {
    name: 'chat',
    model: 'gpt-4o',
    thinker: 'gpt-5',
    showsThoughts: false,
    endpoint: ({ baseURL }) => ({ provider: 'openai', base_url: baseURL, api: 'chat' }),
  },
  {
    name: 'Responses',
    model: 'gpt-4o',
    thinker: 'gpt-5',
    showsThoughts: true,
    endpoint: ({ baseURL }) => ({ provider: 'openai', base_url: baseURL, api: 'responses' }),
  },
  {
    name: 'Messages',
    model: 'claude-sonnet-4-5',
    thinker: 'claude-sonnet-4-5',
    showsThoughts: true,
    endpoint: ({ url }) => ({ provider: 'anthropic', base_url: url }),
  },
  {
    name: 'Gemini',
    model: 'gemini-2.5-flash',
    thinker: 'gemini-2.5-flash',
    showsThoughts: true,
    endpoint: ({ url }) => ({ provider: 'gemini', base_url: url }),
  },
];

/** What became of a scenario. */
export interface Cell {
  /** `=`: as if client and endpoint spoke the same protocol. */
  readonly words: string;
  /** Why it is not what was asked for; undefined where it is. */
  readonly fault?: string;
}

interface Way {
  readonly client: ClientFamily;
  readonly endpoint: EndpointFamily;
  readonly stream: boolean;
}

const ERROR = 'error';
/** In the order of the table. */
export const SCENARIO_NAMES: readonly string[] = [...SCENARIOS.map(({ name }) => name), ERROR];

/** Plays one scenario through a proxy and a mock of its own. */
export async function play(scenario: string, way: Way): Promise<Cell> {
  const mock = await startMock();
  try {
    const found = SCENARIOS.find(({ name }) => name === scenario);
    const { model, thinker } = way.endpoint;
    const app = await startProxy(mock, way.endpoint, found?.asked.thinks ? thinker : model);
    try {
      return found ? await playScenario(found, mock, app.url, way) : await playError(mock, app.url, way);
    } finally {
      await app.close();
    }
  } finally {
    await mock.close();
  }
}

function startProxy(mock: Mock, { endpoint }: EndpointFamily, model: string): Promise<App> {
  const text = JSON.stringify({
    server: { port: 0, drain_timeout: '1s' },
    cache: { enabled: false },
    models: { [MODEL]: { endpoints: [{ ...endpoint(mock), name: 'endpoint', api_key: 'sk-endpoint', model }] } },
  });
  return App.start({
    load: () => parseConfig(text, 'translation.yaml', { environment: {} }),
    logSink: { write: () => undefined, flush: () => undefined },
  });
}

async function playScenario(scenario: Scenario, mock: Mock, url: string, way: Way): Promise<Cell> {
  await scenario.prepare(mock);
  const talk = way.client.talk(url, { ...scenario.asked, model: MODEL, stream: way.stream });
  try {
    const heard = await scenario.play(talk, way.endpoint);
    const fault = await wrongBill(mock, heard);
    if (fault !== undefined) return { words: `! ${fault}`, fault };
    const dropped = [...new Set(heard.flatMap((answer) => answer.dropped))];
    return { words: dropped.length === 0 ? '=' : `− ${dropped.join(', ')}` };
  } catch (error) {
    const { status, message } = way.client.failure(error);
    if (scenario.mayBeRefused && status === 400) return { words: 'refused' };
    const fault = error instanceof AssertionError ? error.message.split('\n', 1)[0] : `${status ?? ''} ${message}`;
    return { words: `! ${fault}`, fault: fault ?? '' };
  }
}

/** Whether the tokens that the client was told are those that the mock bills. */
async function wrongBill(mock: Mock, heard: readonly Heard[]): Promise<string | undefined> {
  const { inputTokens: input, outputTokens: output } = invoiceOf(await mock.requests());
  const told = { input: sum(heard.map((one) => one.input)), output: sum(heard.map((one) => one.output)) };
  if (told.input === input && told.output === output) return undefined;
  return `told ${told.input} + ${told.output} tokens, billed ${input} + ${output}`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** An endpoint that asks to wait: the status, and the wait, in the client's own form. */
async function playError(mock: Mock, url: string, { client, stream }: Way): Promise<Cell> {
  await mock.answer({ reply: { error: { status: REFUSAL } } });
  const talk = client.talk(url, { prompt: 'Hello?', model: MODEL, stream });
  try {
    await talk.ask();
    return { words: '! no error', fault: 'no error' };
  } catch (error) {
    const { status, message } = client.failure(error);
    if (status !== REFUSAL) return { words: `! ${status ?? ''}`, fault: `${status ?? ''} ${message}` };
    return { words: '=' };
  }
}
