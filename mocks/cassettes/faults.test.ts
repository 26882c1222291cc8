import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { until, withRealSockets } from '../../tests/setup/mock-bed.ts';
import { FAULT_CATALOGUE } from '../rules/faults/catalogue.ts';
import type { Cassette } from './cassette.ts';
import { recorded, replaying } from './cassettes.fixture.ts';

withRealSockets();

/** Faults that are for one answer only. */
const CHAT_JSON = { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'Count from 1 to 5, é' }] };
const ASKS = [
  { body: CHAT_JSON },
  { body: { ...CHAT_JSON, stream: true } },
  { path: '/v1/responses', body: { model: 'gpt-4o-mini', input: 'é', stream: true } },
];

const folder = mkdtempSync(join(tmpdir(), 'llmproxy-cassette-'));
let cassette: Cassette;
beforeAll(async () => void ({ cassette } = await recorded(ASKS, { file: join(folder, 'cassette.jsonl') })));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const HTTP_FAULTS = FAULT_CATALOGUE.filter(({ layer }) => layer !== 'websocket').map(({ name }) => name);

test.each(HTTP_FAULTS)('a cassette is mutated into %s', async (name) => {
  const server = await replaying(cassette, {}, { faults: [name] });
  const sockets = ASKS.map(({ path = '/v1/chat/completions', body }) => {
    const payload = JSON.stringify(body);
    const socket = connect(server.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.resume();
    onTestFinished(() => void socket.destroy());
    const head = `POST ${path} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(payload)}`;
    // Twice on one connection: some faults are about the second request.
    for (let count = 0; count < 2; count += 1) socket.write(`${head}\r\n\r\n${payload}`);
    return socket;
  });
  const entries = () => server.tenantState.journal.entries();
  await until(() => entries().some(({ fault }) => fault === name) || sockets.every(({ destroyed }) => destroyed));
  expect(entries().map(({ fault }) => fault)).toContain(name);
});
