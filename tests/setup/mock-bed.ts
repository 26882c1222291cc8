import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import nock from 'nock';
import { afterAll, beforeAll } from 'vitest';
import type { Operation, StreamEvent } from '../../mocks/dialects/reply.ts';
import type { JournalEntry } from '../../mocks/journal/entry.ts';
import { MockServer } from '../../mocks/server/server.ts';
import type { ServerOptions, ServerParts } from '../../mocks/server/options/options.ts';
import { VirtualClock } from '../../mocks/server/virtual-clock.ts';

/** For tests about sockets: nock puts itself between both ends, holds requests back until they are complete and opens connections of its own. The guard against the network beneath it stays. */
export function withRealSockets(): void {
  beforeAll(() => nock.restore());
  afterAll(() => nock.activate());
}

/** A clock that stands until a test moves it, from a time that is easy to read. */
export class ManualClock extends VirtualClock {
  constructor() {
    super(1_000_000);
  }
}

function chunk(index: number, padding: string): StreamEvent {
  const data = JSON.stringify({ choices: [{ index: 0, delta: { content: `${index}${padding}` } }] });
  return { bytes: `data: ${data}\n\n`, tokens: 1, kind: index === 0 ? 'open' : 'content' };
}

function* chunks(count: number, padding: string, pulled: (bytes: number) => void): Generator<StreamEvent> {
  for (let index = 0; index < count; index += 1) {
    const event = chunk(index, padding);
    pulled(event.bytes.length);
    yield event;
  }
  yield { bytes: 'data: [DONE]\n\n', tokens: 0, kind: 'close' };
}

/** A chat operation of known bytes: `count` chunks named by their number, the first of them an opening event. */
export function countingChat(pulled: (bytes: number) => void = () => {}): Operation {
  return {
    id: 'chat.completions',
    method: 'POST',
    path: '/v1/chat/completions',
    handle(request, context) {
      const { stream, count = 5, padding = 0 } = request.body as { stream?: boolean; count?: number; padding?: number };
      const id = ['x-request-id', `req_${context.random.hex(32)}`] as const;
      if (stream) {
        const headers = [['content-type', 'text/event-stream; charset=utf-8'], id] as const;
        return { kind: 'stream', status: 200, headers, events: chunks(count, 'x'.repeat(padding), pulled) };
      }
      const content = context.scripted?.text ?? 'pong';
      const body = JSON.stringify({ choices: [{ index: 0, message: { role: 'assistant', content } }] }, undefined, 2);
      return { kind: 'json', status: 200, headers: [['content-type', 'application/json'], id], body, tokens: count };
    },
  };
}

export async function startBed(options: ServerOptions = {}, parts: ServerParts = {}): Promise<MockServer> {
  return MockServer.start(options, { operations: [countingChat()], ...parts });
}

export async function post(url: string, body: unknown, signal?: AbortSignal): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...(signal ? { signal } : {}),
  });
}

/** Everything the server writes on a connection of its own until it ends it, head included. */
export async function rawAnswer(port: number, body: unknown): Promise<string> {
  const payload = JSON.stringify(body);
  const socket = connect(port, '127.0.0.1');
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(payload)}\r\n\r\n${payload}`,
  );
  return text(socket);
}

/** Waits for a condition by letting the event loop turn; the test's own timeout is the limit. */
export async function until<T>(look: () => T | undefined | false): Promise<T> {
  for (;;) {
    const found = look();
    if (found !== undefined && found !== false) return found;
    await turn();
  }
}

export function lastEntry(server: MockServer): JournalEntry | undefined {
  return server.tenantState.journal.entries().at(-1);
}
