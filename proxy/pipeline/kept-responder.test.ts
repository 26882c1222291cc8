import { expect, test } from 'vitest';
import type { JsonObject } from '../core/json.ts';
import type { FlatHeaders, Responder } from '../wire/http.ts';
import { KeptResponder } from './kept-responder.ts';

const overlay = { id: 'resp_own', previousId: 'resp_0', store: true, background: false };

function bench(stream: boolean) {
  const wrote: string[] = [];
  const kept: JsonObject[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const inner: Responder = {
    headSent: false,
    closed: false,
    head: (status: number, headers: FlatHeaders) => void wrote.push(`head ${status} ${headers.join(' ')}`),
    write: (chunk) => wrote.push(chunk.toString()) > 0,
    end: (chunk) => void wrote.push(`end ${chunk?.toString() ?? ''}`),
    cut: () => void wrote.push('cut'),
    drop: () => void wrote.push('drop'),
    onDrain: () => undefined,
    onLeave: () => undefined,
  };
  const keep = (response: JsonObject): Promise<void> => {
    kept.push(response);
    return promise;
  };
  return { responder: new KeptResponder(inner, { stream, overlay, keep }), wrote, kept, resolve };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

test('a body goes out once it is kept, with its own fields and their length', async () => {
  const { responder, wrote, kept, resolve } = bench(false);
  responder.head(200, ['content-type', 'application/json', 'Content-Length', '20']);
  responder.write(Buffer.from('{"id":"resp_up",'));
  responder.end(Buffer.from('"output":[]}'));
  expect([responder.headSent, responder.closed]).toEqual([true, true]);
  expect(wrote).toEqual([]);
  expect(kept).toMatchObject([{ id: 'resp_own', output: [], previous_response_id: 'resp_0' }]);
  resolve();
  await settle();
  const body = JSON.stringify(kept[0]);
  expect(wrote).toEqual([`head 200 content-type application/json content-length ${body.length}`, `end ${body}`]);
});

test('a refusal is passed on as it is, and nothing is kept', () => {
  const { responder, wrote, kept } = bench(false);
  responder.head(404, ['content-length', '2']);
  responder.end(Buffer.from('{}'));
  expect(wrote).toEqual(['head 404 content-length 2', 'end {}']);
  expect(kept).toEqual([]);
});

test('of a stream the events that tell of the response change, and the last waits until it is kept', async () => {
  const { responder, wrote, kept, resolve } = bench(true);
  responder.head(200, ['content-type', 'text/event-stream', 'content-length', '99']);
  const created = 'event: response.created\ndata: {"type":"response.created","response":{"id":"resp_up"}}\n\n';
  const delta = 'data: {"type":"response.output_text.delta","delta":"a \\"response\\" to it"}\n\n';
  responder.write(Buffer.from(created + delta));
  expect(wrote).toEqual([
    'head 200 content-type text/event-stream',
    'event: response.created\ndata: {"type":"response.created","response":{"id":"resp_own","background":false,"previous_response_id":"resp_0","store":true}}\n\n',
    delta,
  ]);
  const completed = 'data: {"type":"response.completed","response":{"id":"resp_up","status":"completed"}}\n\n';
  responder.write(Buffer.from(completed));
  responder.end();
  expect(wrote).toHaveLength(3);
  expect(kept).toMatchObject([{ id: 'resp_own', status: 'completed' }]);
  resolve();
  await settle();
  expect(wrote.slice(3)).toEqual([expect.stringContaining('"id":"resp_own"'), 'end ']);
});

test('a stream that breaks off is cut, and one whose client is let go is dropped', () => {
  const broken = bench(true);
  broken.responder.head(200, []);
  broken.responder.write(Buffer.from('data: {"type":"error","message":"x"}\n\n'));
  broken.responder.cut();
  expect(broken.wrote.slice(1)).toEqual(['data: {"type":"error","message":"x"}\n\n', 'cut']);
  const stalled = bench(false);
  stalled.responder.drop();
  expect(stalled.wrote).toEqual(['drop']);
});
