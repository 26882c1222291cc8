import { describe, expect, test } from 'vitest';
import { askAs, expectOk, FAMILIES, pickOf, requestOf, type Family } from './auto-ask.ts';
import { autoBed, SEVEN_MODELS, type AutoBed, type AutoBedOptions, type SevenModel } from './auto-bed.ts';
import { openSocket, postText, type RawAnswer } from './http.ts';

const [FIRST, SECOND] = SEVEN_MODELS as [SevenModel, SevenModel];
const WRONG = '{"price":"dear"}';
const RIGHT = '{"price":3}';
const ESCALATED = 'x-llmproxy-escalated';

const schema = {
  type: 'object',
  properties: { price: { type: 'number' } },
  required: ['price'],
  additionalProperties: false,
};
/** The same schema as each family writes it. */
const SCHEMAS: Readonly<Record<Family, object>> = {
  chat: { response_format: { type: 'json_schema', json_schema: { name: 'offer', schema } } },
  responses: { text: { format: { type: 'json_schema', name: 'offer', schema } } },
  messages: { output_config: { format: { type: 'json_schema', schema } } },
  gemini: { generationConfig: { responseMimeType: 'application/json', responseJsonSchema: schema } },
};

/** All models answer so, but those that are named. */
async function answering(text: string, others: Partial<Record<SevenModel, object>> = {}, options: AutoBedOptions = {}) {
  const bed = await autoBed(options);
  for (const model of SEVEN_MODELS) await bed.mocks[model].answer({ reply: others[model] ?? { text } });
  return bed;
}

function asked(family: Family, bed: AutoBed, options: object = {}): Promise<RawAnswer> {
  return askAs(family, bed.url, 'hello', { more: SCHEMAS[family], ...options });
}

describe.each(FAMILIES)('%s', (family) => {
  test('a schema that no answer meets: twice the first, then one of each of two higher tiers, then 502', async () => {
    const bed = await answering(WRONG);
    const answer = await asked(family, bed);
    expect(await bed.called()).toEqual(['deepseek-chat', 'deepseek-chat', 'gemini-2.0-flash', 'o3-mini']);
    expect(answer.status).toBe(502);
    expect(answer.body.toString()).not.toContain('dear');
    expect(answer.headers[ESCALATED]).toBe('micro>standard>versatile (invalid_output)');
    expect(pickOf(answer)).toEqual({ model: 'o3-mini', complexity: 'simple', tier: 'versatile', attempts: '4' });
  });

  test('the second answer of the same model is given without a word of escalation', async () => {
    const bed = await autoBed();
    await bed.mocks[FIRST].answer({ reply: { text: WRONG }, times: 1 });
    await bed.mocks[FIRST].answer({ reply: { text: RIGHT } });
    const answer = expectOk(await asked(family, bed));
    expect(await bed.called()).toEqual([FIRST, FIRST]);
    expect(answer.headers[ESCALATED]).toBeUndefined();
    expect(pickOf(answer)).toMatchObject({ model: FIRST, tier: 'micro', attempts: '2' });
  });

  test('a refusal is an answer', async () => {
    const bed = await answering(WRONG, { [FIRST]: { refusal: 'I will not.' } });
    expectOk(await asked(family, bed));
    expect(await bed.called()).toEqual([FIRST]);
  });

  test('streams pass as they come', async () => {
    const bed = await answering(WRONG);
    const answer = expectOk(await asked(family, bed, { stream: true }));
    expect(await bed.called()).toEqual([FIRST]);
    expect(answer.headers[ESCALATED]).toBeUndefined();
    expect(answer.broken).toBe(false);
  });
});

test('nothing that is invalid is stored: the next equal request is asked again', async () => {
  const bed = await answering(WRONG);
  for (let turn = 0; turn < 2; turn += 1) expect((await asked('chat', bed)).status).toBe(502);
  expect(await bed.called()).toHaveLength(8);
  const named = expectOk(await asked('chat', bed, { model: FIRST }));
  expect(named.headers['x-llmproxy-cache']).toBe('miss');
});

test('what was stored for a request that names the model is judged before it is given for auto', async () => {
  const bed = await answering(WRONG, { 'gemini-2.0-flash': { text: RIGHT } });
  expectOk(await asked('chat', bed, { model: FIRST }));
  const answer = expectOk(await asked('chat', bed));
  expect(answer.body.toString()).toContain('3');
  expect(pickOf(answer)).toMatchObject({ model: 'gemini-2.0-flash' });
});

test('nor is the answer of a generation that such a request has started', async () => {
  const bed = await answering(WRONG, { 'gemini-2.0-flash': { text: RIGHT } });
  await bed.mocks[FIRST].fault({ fault: 'delay;ms=800', times: 1 });
  const named = requestOf('chat', 'hello', { model: FIRST, more: SCHEMAS.chat });
  const socket = openSocket(bed.url);
  socket.write(postText(named.path, named.body));
  await expect.poll(() => bed.called()).toEqual([FIRST]);
  const answer = expectOk(await asked('chat', bed));
  await socket.until('dear');
  socket.leave();
  expect(pickOf(answer)).toMatchObject({ model: 'gemini-2.0-flash' });
});

test('all calls are in the ledger', async () => {
  const bed = await answering(WRONG, {}, { config: { database: { url: ':memory:' }, auth: { admin: 'open' } } });
  expect((await asked('chat', bed)).status).toBe(502);
  const records = async (): Promise<Record<string, unknown>[]> => {
    const answer = await fetch(`${bed.url}/api/v1/routing/usage`);
    return ((await answer.json()) as { records: Record<string, unknown>[] }).records;
  };
  await expect.poll(async () => (await records()).length).toBe(1);
  const billed = await Promise.all(
    SEVEN_MODELS.map(async (model) => (await bed.requests(model)).map((entry) => entry.billed!)),
  );
  const all = billed.flat();
  expect(all).toHaveLength(4);
  const sum = (of: (one: { input: number; output: number }) => number): number =>
    all.reduce((total, one) => total + of(one), 0);
  expect((await records())[0]).toMatchObject({
    model_asked: 'auto',
    status: 502,
    input_tokens: sum(({ input }) => input),
    output_tokens: sum(({ output }) => output),
  });
});

describe('`json_object`', () => {
  const more = { response_format: { type: 'json_object' } };
  test('is asked of models that can, and what is no JSON is relayed', async () => {
    const bed = await answering('no JSON');
    const answer = expectOk(await askAs('chat', bed.url, 'hello', { more }));
    expect(await bed.called()).toEqual([FIRST]);
    expect(answer.headers[ESCALATED]).toBeUndefined();
  });
});

test('an error between the answers is a matter of failover, not of quality', async () => {
  const bed = await answering(RIGHT);
  await bed.mocks[FIRST].fault({ fault: 'server-error' });
  const answer = expectOk(await asked('chat', bed));
  expect(await bed.called()).toEqual([FIRST, SECOND]);
  expect(answer.headers[ESCALATED]).toBeUndefined();
  expect(pickOf(answer)).toMatchObject({ tier: 'micro' });
});

test('at the highest tier nothing is left to escalate to', async () => {
  const bed = await answering(WRONG);
  const answer = await asked('chat', bed, { headers: { 'x-llmproxy-tier': 'complex' } });
  expect(answer.status).toBe(502);
  expect(await bed.called()).toEqual(['o3-mini', 'o3-mini']);
  expect(answer.headers[ESCALATED]).toBeUndefined();
});

test.each([
  ['a reference to another document', { $ref: 'https://example.com/schema.json' }],
  ['a schema without bounds', JSON.parse(`${'{"allOf":['.repeat(200)}{}${']}'.repeat(200)}`) as object],
])('%s: no answer is judged by it, and nothing is fetched', async (_what, odd) => {
  const bed = await answering(WRONG);
  const more = { response_format: { type: 'json_schema', json_schema: { name: 'n', schema: odd } } };
  const answer = await askAs('chat', bed.url, 'hello', { more });
  expect([200, 400]).toContain(answer.status);
  expect((await bed.called()).length).toBeLessThanOrEqual(1);
});
