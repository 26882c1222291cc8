import { expect, test } from 'vitest';
import { chat } from './ask.ts';
import { startApp } from './bed.ts';
import { send } from './http.ts';
import { modelsAt, startUpstream } from './upstream.ts';

const event = (value: object): string => `data: ${JSON.stringify(value)}\n\n`;
const part = (delta: object, finish: string | null = null): string =>
  event({ id: 'c1', object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: finish }] });
const STREAM = `${part({ role: 'assistant', content: 'hi' })}${part({}, 'stop')}data: [DONE]\n\n`;
const REFUSAL = JSON.stringify({ error: { message: 'Extra inputs are not permitted: stream_options', code: null } });

/** An endpoint that knows no `stream_options`. */
function strictUpstream() {
  return startUpstream((response, { body }) => {
    const refused = body.includes('stream_options');
    response.writeHead(refused ? 400 : 200, { 'content-type': refused ? 'application/json' : 'text/event-stream' });
    response.end(refused ? REFUSAL : STREAM);
  });
}

test('an endpoint that refuses stream_options fails no stream of a client that sent none, and is asked without from then on', async () => {
  await using upstream = await strictUpstream();
  const app = await startApp(modelsAt([upstream]));
  try {
    const ask = (text: string) => send(`${app.url}/v1/chat/completions`, { body: { ...chat(text), stream: true } });
    const first = await ask('one');
    expect([first.status, first.body.toString()]).toEqual([200, STREAM]);
    expect(first.headers['x-llmproxy-attempts']).toBe('1');
    expect(upstream.requests).toHaveLength(2);
    expect((await ask('two')).status).toBe(200);
    expect(upstream.requests).toHaveLength(3);
    expect((await ask('one')).headers['x-llmproxy-cache']).toBe('hit');
  } finally {
    await app.close();
  }
});

test("a client's own stream_options are refused by the endpoint, not by the proxy", async () => {
  await using upstream = await strictUpstream();
  const app = await startApp(modelsAt([upstream]));
  try {
    const body = { ...chat('one'), stream: true, stream_options: { include_usage: true } };
    const answer = await send(`${app.url}/v1/chat/completions`, { body });
    expect([answer.status, answer.body.toString()]).toEqual([400, REFUSAL]);
    expect(upstream.requests).toHaveLength(1);
  } finally {
    await app.close();
  }
});
