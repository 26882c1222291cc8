import OpenAI from 'openai';
import { ResponsesWS } from 'openai/resources/responses/ws';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { Talk } from '../conformance/sockets.ts';
import { nonce } from './ask.ts';
import { bearer, budget, refusedCallers, requestLimit, startGoverned, type Entity, type Governed } from './governed.ts';

let bed: Governed;
let strict: Governed;
beforeAll(async () => {
  const models = (endpoint: object): object => ({
    'gpt-realtime': { endpoints: [endpoint] },
    '*': { endpoints: [endpoint] },
  });
  [bed, strict] = await Promise.all([
    startGoverned({ models }),
    startGoverned({ models, config: { auth: { admin: 'open', require_key: true } } }),
  ]);
});
afterAll(() => Promise.all([bed.close(), strict.close()]));

const valueOf = (entity: Entity): string => String(entity['value']);

describe('WebSockets', () => {
  /** Status of the answer to an upgrade; 101 when it was made. */
  async function upgrade(url: string, headers: Record<string, string>): Promise<[number, string]> {
    const socket = new WebSocket(url.replace('http', 'ws'), { headers });
    socket.on('error', () => undefined);
    onTestFinished(() => socket.terminate());
    return new Promise((resolve) => {
      socket.once('open', () => resolve([101, '']));
      socket.once('unexpected-response', (_request, response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve([response.statusCode ?? 0, Buffer.concat(chunks).toString()]));
      });
    });
  }

  test('an upgrade of the realtime API is refused before it is made', async () => {
    for (const [status, code, key] of await refusedCallers(bed)) {
      const url = `${key === undefined ? strict.url : bed.url}/v1/realtime?model=gpt-realtime`;
      const [given, text] = await upgrade(url, bearer(key));
      expect([given, (JSON.parse(text) as { error: { code: string } }).error.code]).toEqual([status, code]);
    }
    const [opened] = await upgrade(`${bed.url}/v1/realtime?model=gpt-realtime`, bearer(await bed.key()));
    expect(opened).toBe(101);
  });

  test.each([
    ['/v1/realtime?model=gpt-realtime-mini&model=gpt-realtime', 400],
    ['/v1/realtime?model=gpt-realtime&model=gpt-realtime-mini', 400],
    ['/v1/realtime?model=gpt-realtime-mini&%6dodel=gpt-realtime', 400],
    ['/v1/realtime?model=gpt-realtime', 403],
    // The models of these stand in frames.
    ['/v1/realtime?intent=transcription', 403],
    ['/v1/realtime', 403],
  ])('an upgrade of %s is %d for a key of another model', async (path, status) => {
    const key = await bed.key({ allowed_models: ['gpt-realtime-mini'] });
    expect((await upgrade(bed.url + path, bearer(key)))[0]).toBe(status);
  });

  test('Responses: a caller without a key, with a wrong or a blocked one gets no socket', async () => {
    expect((await upgrade(`${strict.url}/v1/responses`, {}))[0]).toBe(401);
    expect((await upgrade(`${bed.url}/v1/responses`, bearer('sk-lp-unknown')))[0]).toBe(403);
    expect((await upgrade(`${bed.url}/v1/responses`, bearer(await bed.key({ is_active: false }))))[0]).toBe(403);
  });

  test('Responses: a response.create that is refused is an error event, the socket stays, and changes act on the next one', async () => {
    const key = await bed.make('virtual-keys', requestLimit(1));
    const ws = new ResponsesWS(new OpenAI({ baseURL: `${bed.url}/v1`, apiKey: valueOf(key) }));
    onTestFinished(() => ws.close());
    const talk = new Talk();
    ws.on('event', (event) => talk.push(event));
    ws.on('error', () => undefined);
    const create = (more: object = {}): void =>
      ws.send({ type: 'response.create', model: 'gpt-4', input: nonce(), ...more } as never);
    const errorOf = async (count: number): Promise<unknown> => {
      const { status, error } = (await talk.next('error', count)) as unknown as {
        status: number;
        error: { code: string };
      };
      return [status, error.code];
    };
    create();
    await talk.next('response.completed');
    create();
    expect(await errorOf(1)).toEqual([429, 'request_limited']);
    await bed.put('virtual-keys', key.id, { rate_limit: null, ...budget(1) });
    create();
    await talk.next('response.completed', 2);
    create();
    expect(await errorOf(2)).toEqual([402, 'budget_exceeded']);
    await bed.put('virtual-keys', key.id, { budget: null, allowed_models: ['gpt-4'] });
    create({ model: 'gpt-4o-mini' });
    expect(await errorOf(3)).toEqual([403, 'model_blocked']);
    create();
    await talk.next('response.completed', 3);
    await bed.put('virtual-keys', key.id, { is_active: false });
    create();
    expect(await errorOf(4)).toEqual([403, 'virtual_key_blocked']);
    await bed.put('virtual-keys', key.id, { is_active: true });
    create();
    await talk.next('response.completed', 4);
  });

  test('what a realtime session uses is charged to its key', async () => {
    const key = await bed.make('virtual-keys', {
      rate_limit: { token_max_limit: 1_000_000, token_reset_duration: '1h' },
    });
    const socket = new WebSocket(`${bed.url.replace('http', 'ws')}/v1/realtime?model=gpt-realtime`, {
      headers: bearer(valueOf(key)),
    });
    onTestFinished(() => socket.terminate());
    const talk = new Talk();
    socket.on('message', (data: Buffer) => talk.push(JSON.parse(data.toString())));
    await talk.next('session.created');
    const item = { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hello' }] };
    socket.send(JSON.stringify({ type: 'conversation.item.create', item }));
    socket.send(JSON.stringify({ type: 'response.create', response: { output_modalities: ['text'] } }));
    const done = (await talk.next('response.done')) as unknown as { response: { usage: { total_tokens: number } } };
    expect(done.response.usage.total_tokens).toBeGreaterThan(0);
    const tokens = async (): Promise<unknown> =>
      ((await bed.get('virtual-keys', key.id))['rate_limit'] as { token_current_usage: number }).token_current_usage;
    await expect.poll(tokens).toBe(done.response.usage.total_tokens);
  });
});
