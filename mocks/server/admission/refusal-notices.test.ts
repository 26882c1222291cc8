import { expect, onTestFinished, test } from 'vitest';
import { post, withRealSockets } from '../../../tests/setup/mock-bed.ts';
import { FleetState } from '../fleet-state.ts';
import { MockServer } from '../server.ts';
import type { ServerOptions } from '../options/options.ts';

withRealSockets();

async function watched(options: ServerOptions = {}) {
  const lines: string[] = [];
  const fleetState = new FleetState((line) => lines.push(line));
  const server = await MockServer.start(options, { fleetState });
  onTestFinished(() => server.close());
  const chat = async (over: object): Promise<number> => {
    const body = { model: 'gpt-5', messages: [{ role: 'user', content: 'Hi' }], ...over };
    const response = await post(`${server.url}/v1/chat/completions`, body);
    await response.text();
    return response.status;
  };
  return { lines, server, chat };
}

test('a request that the provider would refuse is answered, and named on one line once a kind', async () => {
  const { lines, chat } = await watched();
  expect(await chat({})).toBe(200);
  expect(lines).toEqual([]);
  expect(await chat({ max_tokens: 50 })).toBe(200);
  expect(lines).toEqual([
    'llmproxy mock: the provider would refuse this POST /v1/chat/completions: ' +
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead. " +
      "(strictness 'openai' refuses it; an explicit 'off' ends these notices)\n",
  ]);
  await chat({ max_tokens: 60, stream: true });
  expect(lines).toHaveLength(1);
  await chat({ temperature: 0.5 });
  expect(lines).toHaveLength(2);
  const call = (at: number) => ({ id: `call_${at}`, type: 'function', function: { name: 'f', arguments: '{}' } });
  for (const at of [1, 2]) {
    await chat({
      messages: [
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: null, tool_calls: [call(at)] },
      ],
    });
  }
  expect(lines).toHaveLength(3);
});

test('what is refused anyway is not announced', async () => {
  const { lines, chat } = await watched();
  expect(await chat({ messages: undefined })).toBe(400);
  expect(lines).toEqual([]);
});

test('a server whose strictness was chosen prints nothing, whether it was chosen at the start or later', async () => {
  const chosen = await watched({ strictness: 'off' });
  await chosen.chat({ max_tokens: 50 });
  const later = await watched();
  later.server.tenantState.strictness = 'off';
  await later.chat({ max_tokens: 50 });
  expect([...chosen.lines, ...later.lines]).toEqual([]);
  later.server.tenantState.reset();
  await later.chat({ max_tokens: 50 });
  expect(later.lines).toHaveLength(1);
});

test('a line stays one line, and the kinds have an end, whatever requests say', async () => {
  const { lines, chat } = await watched();
  await chat({ model: `gpt\n\u001b[31m${'x'.repeat(5000)}` });
  expect(lines).toEqual([expect.stringMatching(/^[^\p{Cc}]{1,600}\n$/u)]);
  for (let at = 0; at < 80; at += 1)
    await chat({ [`unknown_${String.fromCodePoint(97 + (at % 26)).repeat(1 + at / 26)}`]: 1 });
  expect(lines).toHaveLength(50);
});
