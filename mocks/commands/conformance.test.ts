import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { withRealSockets } from '../../tests/setup/mock-bed.ts';
import { MockServer } from '../server/server.ts';
import type { ServerOptions } from '../server/options/options.ts';
import type { Answer } from '../conformance/call.ts';
import { fateOf } from '../conformance/checks/faults.ts';
import type { Scorecard } from '../conformance/scorecard.ts';
import { runCommand } from './command.ts';
import { conformanceCommand } from './conformance.ts';

withRealSockets();

async function mock(options: ServerOptions = {}): Promise<MockServer> {
  const server = await MockServer.start(options);
  onTestFinished(() => server.close());
  return server;
}

async function served(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function run(...argv: string[]): Promise<{ readonly code: number; readonly text: string }> {
  let text = '';
  const print = (more: string): void => void (text += more);
  const code = await runCommand((exit) => conformanceCommand(exit, print, {}), argv);
  return { code, text };
}

test('verdicts have colours on a terminal, and the scorecard as JSON has none', async () => {
  const { url } = await mock();
  const terminal = { write: () => {}, isTTY: true };
  const said = async (...more: string[]): Promise<string> => {
    let text = '';
    const print = (part: string): void => void (text += part);
    const argv = ['--target', url, '--only', 'shapes/chat', ...more];
    await runCommand((exit) => conformanceCommand(exit, print, {}, { out: terminal, err: terminal }), argv);
    return text;
  };
  expect((await said()).startsWith('\u001B[32mok  \u001B[39m shapes/chat ')).toBe(true);
  expect(await said('--json')).not.toContain('\u001B');
});

test('the mock passes everything that applies, at its strictest', async () => {
  const { url } = await mock({ strictness: 'openai', keys: ['sk-mine'] });
  const { code, text } = await run('--target', url, '--key', 'sk-mine', '--strictness', 'openai', '--json');
  const card = JSON.parse(text) as Scorecard;
  expect(card.rows.filter(({ verdict }) => verdict === 'fail')).toEqual([]);
  expect({ code, score: card.score }).toEqual({ code: 0, score: 100 });
  expect(card.groups.find(({ group }) => group === 'errors')).toMatchObject({ passed: 8, skipped: 0 });
});

test('answers without required fields, in the wrong order or from another request fail, and say why', async () => {
  const body = { id: 'chatcmpl-same', object: 'chat.completion', created: 1, model: 'm', choices: [{ index: 0 }] };
  const url = await served((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  const { code, text } = await run(
    '--target',
    url,
    '--only',
    'shapes/chat,shapes/chat-stream,cache/must-miss,cache/must-hit',
  );
  expect(code).toBe(1);
  expect(text).toContain('choices[0].finish_reason: missing; choices[0].message: missing');
  expect(text).toContain('content-type: expected text/event-stream, found application/json');
  expect(text).toMatch(
    /FAIL cache\/must-miss[^\n]*\n\s+chat\/temperature: answered with the answer to another request/,
  );
  expect(text).toMatch(/ok {3}cache\/must-hit/);
  expect(text).toContain('cache              1       1       0');
});

test('what cannot be reached, or refuses the key, is not scored', async () => {
  expect((await run('--target', 'http://127.0.0.1:9')).code).toBe(2);
  const { url } = await mock({ keys: ['sk-a'] });
  expect(await run('--target', url)).toEqual({
    code: 2,
    text: `llmproxy conformance: ${url}/v1 refuses the key; give one with --key or OPENAI_API_KEY.\n`,
  });
});

test.each([
  [['--target', 'x'], '--target: expected a URL, found "x"'],
  [[], '--target: expected a URL, found nothing'],
  [['--target', 'http://a', '--only', 'shape'], '--only: expected groups'],
  [['--target', 'http://a', '--strictness', 'hard'], '--strictness: expected one of off, spec, openai, found "hard"'],
  [['--target', 'http://a', '--timeout-ms', '0'], '--timeout-ms: expected a number above 0'],
])('%j is refused with a sentence', async (argv, sentence) => {
  await expect(run(...argv)).rejects.toThrow(sentence);
});

test('every check is listed with its claim', async () => {
  const { code, text } = await run('--list');
  expect(code).toBe(0);
  expect(text).toContain('cache/must-miss ');
  expect(text.split('\n').length).toBeGreaterThan(120);
  expect((await run('--help')).text).toContain('Exit code: 0 when nothing failed');
});

test('the fate of an answer is what a client can tell of it', () => {
  const sse = { 'content-type': 'text/event-stream' };
  const answer = (over: Partial<Answer> & { text?: string }): Answer => ({
    status: 200,
    headers: sse,
    ended: 'whole',
    ...over,
    body: Buffer.from(over.text ?? ''),
  });
  const open = 'data: {"choices":[{"index":0,"delta":{},"finish_reason":null}]}\n\n';
  const shut = 'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n';
  const fate = (over: Partial<Answer> & { text?: string }): string => fateOf(answer(over), true);
  expect(fate({ text: `${open}data: [DONE]\n\n` })).toBe('whole');
  expect(fate({ text: open + shut })).toBe('whole');
  expect(fate({ text: open })).toBe('silently short');
  expect(fate({ text: `${open}data: {"error":{}}\n\n` })).toBe('visibly broken');
  expect(fate({ text: open, ended: 'broken' })).toBe('visibly broken');
  expect(fate({ text: open, ended: 'timeout' })).toBe('silence');
  expect(fate({ status: 503 })).toBe('refused');
  expect(fate({ status: 307 })).toBe('not what was asked for');
  expect(fate({ headers: { 'content-type': 'text/html' } })).toBe('not what was asked for');
  expect(fateOf(answer({ text: '{}' }), false)).toBe('not what was asked for');
});
