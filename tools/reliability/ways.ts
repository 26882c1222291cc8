import type { Mock } from '../../mocks/index.ts';
import type { Shape } from './shapes/table.ts';

/** What the endpoint speaks. */
export type EndpointKind = 'openai' | 'chat' | 'responses' | 'anthropic' | 'gemini';

/** One way to ask: which API, at which endpoint, streamed or not, beside a healthy endpoint or without one. */
export interface Way {
  readonly shape: Shape;
  readonly endpoint: EndpointKind;
  readonly stream: boolean;
  readonly alone: boolean;
}

export const MODEL = 'gpt-4o-mini';

/** Settings of an endpoint of each kind. */
export const ENDPOINTS: Readonly<Record<EndpointKind, (mock: Mock) => object>> = {
  openai: ({ baseURL }) => ({ provider: 'openai', base_url: baseURL }),
  chat: ({ baseURL }) => ({ provider: 'openai', base_url: baseURL, api: 'chat' }),
  responses: ({ baseURL }) => ({ provider: 'openai', base_url: baseURL, api: 'responses' }),
  anthropic: ({ url }) => ({ provider: 'anthropic', base_url: url, model: 'claude-sonnet-4-5' }),
  gemini: ({ url }) => ({ provider: 'gemini', base_url: url, model: 'gemini-2.5-flash' }),
};

/** One table of the page. */
export interface Table {
  /** Names it on the command line. */
  readonly id: string;
  readonly title: string;
  readonly ways: readonly Way[];
}

type Pair = readonly [shape: Shape, endpoint: EndpointKind];

const BOTH = [false, true];

function waysOf(pairs: readonly Pair[], alone: boolean, streams: readonly boolean[]): Way[] {
  return pairs.flatMap(([shape, endpoint]) => streams.map((stream) => ({ shape, endpoint, stream, alone })));
}

const OPENAI: readonly Pair[] = [
  ['chat', 'openai'],
  ['responses', 'openai'],
];
const NATIVE: readonly Pair[] = [
  ['messages', 'anthropic'],
  ['gemini', 'gemini'],
];
const TRANSLATED: readonly Pair[] = [
  ['chat', 'anthropic'],
  ['chat', 'gemini'],
  ['messages', 'chat'],
  ['gemini', 'chat'],
  ['responses', 'chat'],
  ['chat', 'responses'],
];

export const TABLES: readonly Table[] = [
  {
    id: 'openai-endpoints',
    title: 'Chat completions and Responses at an OpenAI endpoint',
    ways: [...waysOf(OPENAI, false, BOTH), ...waysOf(OPENAI, true, BOTH)],
  },
  {
    id: 'native-routes',
    title: 'Messages and generateContent at endpoints of their own family',
    ways: [...waysOf(NATIVE, false, BOTH), ...waysOf(NATIVE, true, BOTH)],
  },
  {
    id: 'translated-beside-healthy',
    title: 'Streams of endpoints of another family than the client, beside a healthy one',
    ways: waysOf(TRANSLATED, false, [true]),
  },
  {
    id: 'translated-alone',
    title: 'Endpoints of another family than the client, alone',
    ways: waysOf(TRANSLATED, true, BOTH),
  },
];
