import { randomBytes } from 'node:crypto';
import { expect, inject, test } from 'vitest';
import type { TestContext } from 'vitest';
import { driftLines, driftOf } from '../../mocks/conformance/drift.ts';
import { dataOf, eventsOf } from '../../mocks/conformance/events.ts';
import {
  CHAT_CHUNK,
  CHAT_COMPLETION,
  EMBEDDINGS,
  RESPONSE,
  RESPONSE_EVENTS,
} from '../../mocks/conformance/shape/answers.ts';
import type { Shape } from '../../mocks/conformance/shape/shape.ts';
import { bedForFile } from './bed.ts';

const bed = bedForFile();

interface Case {
  readonly path: string;
  readonly body: (model: string, text: string) => object;
  readonly shape: (value: unknown) => Shape;
  readonly embeds?: boolean;
}

const eventShape = (value: unknown): Shape => RESPONSE_EVENTS[String((value as { type?: unknown }).type)] ?? {};

const cases: Readonly<Record<string, Case>> = {
  chat: {
    path: '/chat/completions',
    body: (model, content) => ({ model, messages: [{ role: 'user', content }], max_completion_tokens: 400 }),
    shape: () => CHAT_COMPLETION,
  },
  'chat stream': {
    path: '/chat/completions',
    body: (model, content) => ({
      model,
      messages: [{ role: 'user', content }],
      max_completion_tokens: 400,
      stream: true,
      stream_options: { include_usage: true },
    }),
    shape: () => CHAT_CHUNK,
  },
  responses: {
    path: '/responses',
    body: (model, input) => ({ model, input, max_output_tokens: 400 }),
    shape: () => RESPONSE,
  },
  'responses stream': {
    path: '/responses',
    body: (model, input) => ({ model, input, max_output_tokens: 400, stream: true }),
    shape: eventShape,
  },
  embeddings: {
    path: '/embeddings',
    body: (model, input) => ({ model, input, encoding_format: 'float', dimensions: 8 }),
    shape: () => EMBEDDINGS,
    embeds: true,
  },
};

/** The answer as values: the body, or the events of a stream. */
async function valuesOf(baseURL: string, path: string, body: object): Promise<unknown[]> {
  const answer = await fetch(`${baseURL}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer sk-none' },
    body: JSON.stringify(body),
  });
  const bytes = Buffer.from(await answer.arrayBuffer());
  expect(answer.status, bytes.toString()).toBe(200);
  if (!answer.headers.get('content-type')?.startsWith('text/event-stream')) return [JSON.parse(bytes.toString())];
  return eventsOf(bytes).flatMap((event) => dataOf(event) ?? []);
}

function modelFor({ embeds = false }: Case, context: TestContext): string {
  const usual = embeds ? 'text-embedding-3-small' : 'gpt-4o-mini';
  if (!inject('live')) return usual;
  const found = inject('liveModels').find((name) => name.includes('embedding') === embeds);
  if (found === undefined)
    context.skip('llmproxy.integration.yaml has no model for this with a key in this environment');
  return found ?? usual;
}

// Against live endpoints this is what tells that the mock has grown old; against mocks, that the proxy changes no shape.
test.for(Object.entries(cases))('the shape of %s is still what the mock says', async ([, one], context) => {
  const model = modelFor(one, context);
  const body = one.body(model, `Say one word. ${randomBytes(6).toString('hex')}`);
  const [live, mock] = await Promise.all([
    valuesOf(`${inject('proxyUrl')}/v1`, one.path, body),
    valuesOf(bed.mock.baseURL, one.path, body),
  ]);
  const drift = driftOf(live, mock, one.shape);
  for (const line of driftLines(drift)) console.log(`drift of ${one.path} with ${model}: ${line}`);
  expect(drift.required).toEqual([]);
  if (!inject('live')) expect(driftLines(drift)).toEqual([]);
});
