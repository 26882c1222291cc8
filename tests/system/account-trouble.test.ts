import { expect, test } from 'vitest';
import type { FaultRule } from '../../mocks/index.ts';
import { chat, nonce } from './ask.ts';
import { MODEL, startBed, type BedOptions } from './bed.ts';
import { send } from './http.ts';

/** `a` takes every request and refuses it; `b` is there when it has. */
const spare: BedOptions = { mocks: 2, endpoints: [{ weight: 1 }, { weight: 0 }] };

type Fault = FaultRule['fault'];

const refusal = (status: number, message: string, code: string | number | null = null): Fault => ({
  kind: 'status',
  status,
  body: { error: { message, type: 'x', param: null, code } },
});

/** How often `a` is asked by two requests: once when it is left out afterwards. */
test.each<[string, Fault, number]>([
  ['402', refusal(402, 'Insufficient Balance', 'invalid_request_error'), 1],
  ['402 with a number as its code', refusal(402, 'This request needs more credits than are left', 402), 1],
  ['400 about credit', refusal(400, 'Your credit balance is too low to access the API.'), 1],
  ['400 about the key', refusal(400, 'Incorrect API key provided: ab***. You can obtain one from the console.'), 1],
  ['404 model_not_found', refusal(404, 'The model `m` does not exist', 'model_not_found'), 1],
  ['404 of a server without the model', refusal(404, 'model "m" not found, try pulling it first'), 1],
  ['404 DeploymentNotFound', refusal(404, 'There is no such deployment.', 'DeploymentNotFound'), 1],
  [
    '429 because the request exceeds the limit',
    refusal(
      429,
      'Request too large for gpt-4o on tokens per min (TPM): Limit 30000, Requested 36278.',
      'rate_limit_exceeded',
    ),
    2,
  ],
  ['498', refusal(498, 'capacity exceeded', 'capacity_exceeded'), 2],
  ['424', refusal(424, 'failed dependency'), 2],
])('after %s the next endpoint answers', async (_what, fault, asked) => {
  await using bed = await startBed(spare);
  await bed.mocks[0]!.fault({ fault });
  for (let turn = 0; turn < 2; turn += 1) {
    const { response } = await bed.client().chat.completions.create(chat(nonce())).withResponse();
    expect(response.headers.get('x-llmproxy-endpoint')).toBe(`${MODEL}/b`);
  }
  expect((await bed.mocks[0]!.requests()).length).toBe(asked);
  expect((await bed.stats()).endpoints.map(({ in_flight }) => in_flight)).toEqual([0, 0]);
});

test.each<[number, Fault, string | null]>([
  [402, refusal(402, 'Insufficient Balance'), 'false'],
  [404, refusal(404, 'The model `m` does not exist', 'model_not_found'), null],
  [429, refusal(429, 'Request too large on tokens per min (TPM): Limit 3, Requested 4.'), 'false'],
  [400, refusal(400, 'Previous response was not found.', 'previous_response_not_found'), null],
])('where no other endpoint is left, the %i is shown as it is, each time', async (status, fault, shouldRetry) => {
  await using bed = await startBed();
  await bed.mock.fault({ fault });
  for (let turn = 0; turn < 2; turn += 1) {
    const answer = await send(`${bed.url}/v1/chat/completions`, { body: chat(nonce()) });
    expect([answer.status, answer.headers['x-should-retry'] ?? null]).toEqual([status, shouldRetry]);
    expect(JSON.parse(answer.body.toString())).toEqual((fault as { body: object }).body);
  }
  expect((await bed.mock.requests()).length).toBe(2);
});
