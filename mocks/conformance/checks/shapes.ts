import type { Answer } from '../call.ts';
import { call, jsonOf } from '../call.ts';
import type { Check, Outcome, Subject } from '../check.ts';
import { judged, skip } from '../check.ts';
import { chatStreamProblems, responseStreamProblems } from '../judge-stream.ts';
import { CHAT_COMPLETION, EMBEDDINGS, MODEL, MODELS, RESPONSE } from '../shape/answers.ts';
import type { Shape } from '../shape/shape.ts';
import { problemsOf } from '../shape/shape.ts';
import {
  choicesOf,
  deltaProblems,
  messageOf,
  responseText,
  schemaProblems,
  sumProblems,
  toolProblems,
  usageChunkProblems,
} from './answer-problems.ts';
import type { Fields } from './answer-problems.ts';

const CHAT = '/chat/completions';
const RESPONSES = '/responses';

const weather = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
};

function chatBody({ model, salt }: Subject, more: Fields = {}): Fields {
  return { model, messages: [{ role: 'user', content: `Say one word. ${salt()}` }], ...more };
}

function responseBody({ model, salt }: Subject, more: Fields = {}): Fields {
  return { model, input: `Say one word. ${salt()}`, ...more };
}

/** Not offered: a path that the target does not know. */
function absent({ status, body }: Answer): boolean {
  return status === 405 || status === 501 || (status === 404 && !/model/i.test(body.toString()));
}

function problemsOfJson(answer: Answer, shape: Shape): readonly string[] {
  if (answer.status !== 200) {
    return [
      `expected status 200, found ${answer.status} ${answer.body.toString().replaceAll(/\s+/g, ' ').slice(0, 160)}`,
    ];
  }
  const type = answer.headers['content-type'] ?? 'nothing';
  const misnamed = type.startsWith('application/json')
    ? []
    : [`content-type: expected application/json, found ${type}`];
  return [...misnamed, ...problemsOf(jsonOf(answer), shape)];
}

interface JsonCheck {
  readonly id: string;
  readonly claim: string;
  readonly path: string;
  readonly body: (subject: Subject) => Fields;
  readonly shape: Shape;
  /** What else must hold. */
  readonly also?: (value: Fields) => readonly string[];
}

function jsonCheck({ id, claim, path, body, shape, also = () => [] }: JsonCheck): Check {
  return {
    id: `shapes/${id}`,
    group: 'shapes',
    claim,
    async run(subject) {
      const answer = await call(subject, { path, body: body(subject) });
      if (absent(answer)) return skip(`the target has no ${path}`);
      const problems = problemsOfJson(answer, shape);
      if (problems.length > 0) return judged(problems);
      const value = jsonOf(answer) as Fields;
      return judged([...(subject.specification?.answer('POST', path, value) ?? []), ...also(value)]);
    },
  };
}

interface StreamCheck {
  readonly id: string;
  readonly claim: string;
  readonly path: string;
  readonly body: (subject: Subject) => Fields;
  readonly also?: (answer: Answer) => readonly string[];
}

function streamCheck({ id, claim, path, body, also = () => [] }: StreamCheck): Check {
  const problemsIn = path === CHAT ? chatStreamProblems : responseStreamProblems;
  return {
    id: `shapes/${id}`,
    group: 'shapes',
    claim,
    async run(subject) {
      const answer = await call(subject, { path, body: { ...body(subject), stream: true } });
      if (absent(answer)) return skip(`the target has no ${path}`);
      if (answer.status !== 200) return judged([`expected status 200, found ${answer.status}`]);
      return judged([...problemsIn(answer, subject.specification), ...also(answer)]);
    },
  };
}

const responseFormat = { type: 'json_schema', json_schema: { name: 'weather', schema: weather, strict: true } };
const chatTools = {
  tools: [{ type: 'function', function: { name: 'weather', parameters: weather } }],
  tool_choice: 'required',
};
const responseTools = {
  tools: [{ type: 'function', name: 'weather', parameters: weather, strict: true }],
  tool_choice: 'required',
};

const jsonChecks: readonly JsonCheck[] = [
  {
    id: 'chat',
    claim: 'a chat completion has the shape of the official types, and its usage adds up',
    path: CHAT,
    body: chatBody,
    shape: CHAT_COMPLETION,
    also: ({ usage }) => sumProblems(usage, ['prompt_tokens', 'completion_tokens']),
  },
  {
    id: 'chat-n',
    claim: 'n: 2 gives two choices',
    path: CHAT,
    body: (subject) => chatBody(subject, { n: 2 }),
    shape: CHAT_COMPLETION,
    also: (value) => (choicesOf(value).length === 2 ? [] : [`expected 2 choices, found ${choicesOf(value).length}`]),
  },
  {
    id: 'chat-tools',
    claim: 'a required tool is called',
    path: CHAT,
    body: (subject) => chatBody(subject, chatTools),
    shape: CHAT_COMPLETION,
    also: toolProblems,
  },
  {
    id: 'chat-schema',
    claim: 'a JSON schema is kept to',
    path: CHAT,
    body: (subject) => chatBody(subject, { response_format: responseFormat }),
    shape: CHAT_COMPLETION,
    also: (value) => schemaProblems(messageOf(value)['content']),
  },
  {
    id: 'responses',
    claim: 'a response has the shape of the official types, and its usage adds up',
    path: RESPONSES,
    body: responseBody,
    shape: RESPONSE,
    also: ({ usage }) => sumProblems(usage, ['input_tokens', 'output_tokens']),
  },
  {
    id: 'responses-tools',
    claim: 'a required tool is called by a response',
    path: RESPONSES,
    body: (subject) => responseBody(subject, responseTools),
    shape: RESPONSE,
    also: (value) =>
      (value['output'] as readonly Fields[]).some(({ type }) => type === 'function_call')
        ? []
        : ['no function_call item'],
  },
  {
    id: 'responses-schema',
    claim: 'a response keeps to a JSON schema',
    path: RESPONSES,
    body: (subject) =>
      responseBody(subject, {
        text: { format: { type: 'json_schema', name: 'weather', schema: weather, strict: true } },
      }),
    shape: RESPONSE,
    also: (value) => schemaProblems(responseText(value)),
  },
];

const streamChecks: readonly StreamCheck[] = [
  {
    id: 'chat-stream',
    claim: 'a chat stream begins with the role, ends with finish_reason and [DONE], and every chunk has its shape',
    path: CHAT,
    body: chatBody,
    also: deltaProblems,
  },
  {
    id: 'chat-stream-usage',
    claim: 'include_usage gives one last chunk with the usage alone',
    path: CHAT,
    body: (subject) => chatBody(subject, { stream_options: { include_usage: true } }),
    also: usageChunkProblems,
  },
  {
    id: 'chat-stream-tools',
    claim: 'tool calls are streamed',
    path: CHAT,
    body: (subject) => chatBody(subject, chatTools),
    also: (answer) => (answer.body.includes('"tool_calls"') ? [] : ['no delta has tool_calls']),
  },
  {
    id: 'responses-stream',
    claim: 'a response stream counts its events, names them by type, and its deltas add up',
    path: RESPONSES,
    body: responseBody,
  },
  {
    id: 'responses-stream-tools',
    claim: 'function calls of a response are streamed',
    path: RESPONSES,
    body: (subject) => responseBody(subject, responseTools),
    also: (answer) =>
      answer.body.includes('response.function_call_arguments.done') ? [] : ['no function_call_arguments.done'],
  },
];

async function embeddings(subject: Subject, encoding: 'float' | 'base64'): Promise<Outcome> {
  const { embeddingModel: model, salt } = subject;
  if (model === null) return skip('no embedding model was named');
  const answer = await call(subject, {
    path: '/embeddings',
    body: { model, input: [salt(), 'b'], encoding_format: encoding },
  });
  if (absent(answer)) return skip('the target has no /embeddings');
  const problems = problemsOfJson(answer, EMBEDDINGS);
  if (problems.length > 0) return judged(problems);
  const { data } = jsonOf(answer) as {
    readonly data: readonly { readonly embedding: unknown; readonly index: number }[];
  };
  const wanted = encoding === 'float' ? 'object' : 'string';
  return judged([
    ...(data.length === 2 ? [] : [`expected 2 embeddings, found ${data.length}`]),
    ...data.flatMap(({ embedding }, at) =>
      typeof embedding === wanted ? [] : [`data[${at}].embedding is not ${encoding}`],
    ),
  ]);
}

async function models(subject: Subject): Promise<Outcome> {
  const answer = await call(subject, { method: 'GET', path: '/models' });
  if (absent(answer)) return skip('the target has no /models');
  return judged(problemsOfJson(answer, MODELS));
}

async function oneModel(subject: Subject): Promise<Outcome> {
  const answer = await call(subject, { method: 'GET', path: `/models/${encodeURIComponent(subject.model)}` });
  if (absent(answer)) return skip('the target has no /models/{model}');
  return judged(problemsOfJson(answer, MODEL));
}

export const shapeChecks: readonly Check[] = [
  ...jsonChecks.map(jsonCheck),
  ...streamChecks.map(streamCheck),
  {
    id: 'shapes/embeddings',
    group: 'shapes',
    claim: 'embeddings come as numbers',
    run: (subject) => embeddings(subject, 'float'),
  },
  {
    id: 'shapes/embeddings-base64',
    group: 'shapes',
    claim: 'embeddings come as base64 when that is asked for',
    run: (subject) => embeddings(subject, 'base64'),
  },
  { id: 'shapes/models', group: 'shapes', claim: 'models are listed', run: models },
  { id: 'shapes/model', group: 'shapes', claim: 'one model can be asked for', run: oneModel },
];
