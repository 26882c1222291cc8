import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { ManualClock, lastEntry, until, withRealSockets } from '../../../tests/setup/mock-bed.ts';
import { FAULT_CATALOGUE } from '../../rules/faults/catalogue.ts';
import { MockServer } from '../server.ts';

withRealSockets();

const model = 'gpt-4o-mini';
const messages = [{ role: 'user', content: 'hi' }];

/** Name, method and path, body. */
const REQUESTS: readonly (readonly [string, string, object | undefined])[] = [
  ['chat', 'POST /v1/chat/completions', { model, messages }],
  ['a chat stream', 'POST /v1/chat/completions', { model, messages, stream: true }],
  ['a response', 'POST /v1/responses', { model, input: 'hi' }],
  ['a response stream', 'POST /v1/responses', { model, input: 'hi', stream: true }],
  ['a completion stream', 'POST /v1/completions', { model: 'gpt-3.5-turbo-instruct', prompt: 'hi', stream: true }],
  ['embeddings', 'POST /v1/embeddings', { model: 'text-embedding-3-small', input: 'hi' }],
  ['models', 'GET /v1/models', undefined],
  ['a refusal', 'POST /v1/chat/completions', {}],
  ['an unknown route', 'GET /v1/nothing', undefined],
];

test.each(REQUESTS)('no fault makes the mock itself fail: %s', async (_name, route, body) => {
  const failures: unknown[] = [];
  const clock = new ManualClock();
  const server = await MockServer.start({ seed: 1 }, { clock, report: (error) => failures.push(error) });
  onTestFinished(() => server.close());
  for (const { name } of FAULT_CATALOGUE.filter((fault) => fault.name !== 'refuse')) {
    server.tenantState.journal.clear();
    const payload = body === undefined ? '' : JSON.stringify(body);
    const socket = connect(server.port, '127.0.0.1').on('error', () => {});
    socket.resume();
    socket.write(
      `${route} HTTP/1.1\r\nhost: x\r\nx-mock-fault: ${name}\r\ncontent-length: ${Buffer.byteLength(payload)}\r\n\r\n${payload}`,
    );
    const entry = await until(() => {
      if (clock.waiting > 0) clock.advance(10_000);
      const last = lastEntry(server);
      return (last?.endedAt !== undefined || last?.fault !== undefined) && last;
    });
    socket.destroy();
    expect(`${name} ${entry.fault ?? 'not played'}`).toMatch(/^(\S+) (?:\1|not played)$/);
  }
  expect(failures).toEqual([]);
});
