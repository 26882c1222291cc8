import { describe, expect, test } from 'vitest';
import { askAs, expectOk, pickOf } from './auto-ask.ts';
import { autoBed, SEVEN_MODELS, type AutoBed, type AutoBedOptions, type SevenModel } from './auto-bed.ts';
import { clientOf } from './bed.ts';
import { errorOf, jsonOf, send } from './http.ts';

const [FIRST, SECOND] = SEVEN_MODELS as [SevenModel, SevenModel];
const HARD = 'Debug this distributed system architecture';

interface Response {
  readonly id: string;
  readonly model: string;
}

async function begun(bed: AutoBed, text: string, options: object = {}): Promise<Response> {
  return jsonOf(expectOk(await askAs('responses', bed.url, text, options))) as unknown as Response;
}

/** The proxy keeps responses where endpoints do not. */
const KINDS: readonly (readonly [what: string, options: AutoBedOptions])[] = [
  ['endpoints that keep responses', {}],
  ['endpoints that keep none', { endpoint: { responses: 'stateless' } }],
  ['endpoints of chat completions', { endpoint: { api: 'chat' } }],
];

describe.each(KINDS)('%s', (_what, options) => {
  const keeps = options.endpoint !== undefined;

  test('what goes on from a response goes to the model that made it, whatever the ranking says', async () => {
    const bed = await autoBed(options);
    const first = await begun(bed, 'hello');
    const second = await askAs('responses', bed.url, HARD, { more: { previous_response_id: first.id } });
    expectOk(second);
    expect(pickOf(second)).toMatchObject({ model: FIRST, complexity: 'advanced' });
    const hard = await begun(bed, HARD);
    const third = await askAs('responses', bed.url, 'hello', {
      stream: true,
      more: { previous_response_id: hard.id },
    });
    expectOk(third);
    expect(pickOf(third)).toMatchObject({ model: 'deepseek-v3.2-speciale', complexity: 'simple' });
    expect(await bed.called()).toEqual([FIRST, FIRST, 'deepseek-v3.2-speciale', 'deepseek-v3.2-speciale']);
  });

  test('a chain of three, the hint notwithstanding', async () => {
    const bed = await autoBed(options);
    const { id } = await begun(bed, 'hello', { headers: { 'x-llmproxy-model-hint': 'o3' } });
    const two = await begun(bed, 'thanks', { more: { previous_response_id: id } });
    const headers = { 'x-llmproxy-model-hint': 'gpt-4o' };
    await begun(bed, 'thanks again', { headers, more: { previous_response_id: two.id } });
    expect(await bed.called()).toEqual(['o3', 'o3', 'o3']);
  });

  test('when that model fails no other is asked: none knows the response', async () => {
    const bed = await autoBed({ ...options, model: { routing: { allowed_fails: 1000 } } });
    const { id } = await begun(bed, 'hello');
    await bed.mocks[FIRST].fault({ fault: 'server-error' });
    const answer = await askAs('responses', bed.url, 'thanks', { more: { previous_response_id: id } });
    expect(answer.status).toBeGreaterThanOrEqual(500);
    expect(new Set(await bed.called())).toEqual(new Set([FIRST]));
  });

  test('a response of a model that failover led to', async () => {
    const bed = await autoBed({ ...options, model: { routing: { allowed_fails: 1000 } } });
    await bed.mocks[FIRST].fault({ fault: 'server-error', times: 1 });
    const { id } = await begun(bed, 'hello');
    await begun(bed, 'thanks', { more: { previous_response_id: id } });
    expect(await bed.called()).toEqual([FIRST, SECOND, SECOND]);
  });

  test('an unknown response is 404 or 400 of the API, and no failover', async () => {
    const bed = await autoBed(options);
    const answer = await askAs('responses', bed.url, 'hello', { more: { previous_response_id: 'resp_unknown' } });
    expect([400, 404]).toContain(answer.status);
    expect(errorOf(answer)['code']).toBe('previous_response_not_found');
    expect((await bed.called()).length).toBeLessThanOrEqual(1);
  });

  test('GET, input items and DELETE find it', async () => {
    const bed = await autoBed(options);
    const client = clientOf(bed.url);
    const { id } = await client.responses.create({ model: 'auto', input: HARD });
    expect((await client.responses.retrieve(id)).id).toBe(id);
    const items = await client.responses.inputItems.list(id);
    expect(JSON.stringify(items.data)).toContain(HARD);
    await client.responses.delete(id);
    await expect(client.responses.retrieve(id)).rejects.toMatchObject({ status: 404 });
  });

  test('a response in the background is cancelled where it runs', async () => {
    const bed = await autoBed(options);
    const client = clientOf(bed.url);
    if (keeps) await bed.mocks[FIRST].fault({ fault: 'hang' });
    const { id, status } = await client.responses.create({ model: 'auto', input: 'hello', background: true });
    expect(['queued', 'in_progress']).toContain(status);
    expect((await client.responses.cancel(id)).status).toBe('cancelled');
  });
});

test('a conversation that is named alone pins nothing', async () => {
  const bed = await autoBed({ endpoint: { api: 'chat' } });
  const made = expectOk(await send(`${bed.url}/v1/conversations`, { body: {} }));
  const { id } = jsonOf(made) as { id: string };
  expectOk(await askAs('responses', bed.url, 'hello', { more: { conversation: id } }));
  expectOk(await askAs('responses', bed.url, HARD, { more: { conversation: id } }));
  expect(await bed.called()).toEqual([FIRST, 'deepseek-v3.2-speciale']);
});
