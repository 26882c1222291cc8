import { expect, test } from 'vitest';
import { startApp, startBed, type Stats, statsOf } from './bed.ts';
import { errorOf, openSocket, send } from './http.ts';
import { modelsAt, startUpstream } from './upstream.ts';

const impatient = { routing: { timeouts: { first_byte: '1500ms', answer: '1500ms', idle: '1s' } } };

async function endpointStats(url: string): Promise<Stats['endpoints'][number]> {
  const stats = await statsOf(url);
  return stats.endpoints[0]!;
}

test('an endpoint that says nothing is given up after timeouts.answer, with 504', async () => {
  let closed = false;
  await using upstream = await startUpstream((response) => response.on('close', () => (closed = true)));
  const app = await startApp(modelsAt([upstream], impatient));
  const answer = await send(`${app.url}/v1/files`, { method: 'GET' });
  await expect.poll(() => closed).toBe(true);
  const endpoint = await endpointStats(app.url);
  await app.close();
  expect(answer.status).toBe(504);
  expect(errorOf(answer)).toMatchObject({ type: 'server_error', code: 'upstream_timeout' });
  expect(endpoint).toMatchObject({ failures: 1, in_flight: 0, last_error: { kind: 'timeout_answer' } });
});

test('an answer that stands still is given up after idle: the client sees it break off', async () => {
  await using upstream = await startUpstream((response) => {
    response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': '100' }).write('half');
  });
  const app = await startApp(modelsAt([upstream], impatient));
  const answer = await send(`${app.url}/v1/files/f/content`, { method: 'GET' });
  const endpoint = await endpointStats(app.url);
  await app.close();
  expect(answer).toMatchObject({ status: 200, broken: true });
  expect(answer.body.toString()).toBe('half');
  expect(endpoint).toMatchObject({ failures: 1, in_flight: 0, last_error: { kind: 'timeout_idle' } });
});

test('an answer that breaks off breaks off for the client', async () => {
  await using upstream = await startUpstream((response) => {
    response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': '100' });
    response.write('half', () => response.destroy());
  });
  const app = await startApp(modelsAt([upstream]));
  const answer = await send(`${app.url}/v1/files/f/content`, { method: 'GET' });
  const endpoint = await endpointStats(app.url);
  await app.close();
  expect(answer).toMatchObject({ status: 200, broken: true });
  expect(endpoint).toMatchObject({ failures: 1, in_flight: 0, last_error: { kind: 'cut' } });
});

test('an upgrade without an answer is given up as well', async () => {
  await using upstream = await startUpstream(
    (response) => response.end(),
    () => undefined,
  );
  const app = await startApp(modelsAt([upstream], impatient));
  const socket = openSocket(app.url);
  socket.write(
    'GET /v1/realtime HTTP/1.1\r\nhost: localhost\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: x\r\n\r\n',
  );
  const answer = (await socket.ended()).toString();
  await app.close();
  expect(answer).toMatch(/^HTTP\/1\.1 504 /);
  expect(answer).toContain('upstream_timeout');
});

test('a tunnel outlives the timeouts that its beginning has', async () => {
  await using upstream = await startUpstream(
    (response) => response.end(),
    (socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n');
      socket.on('data', () => socket.write('answer'));
    },
  );
  const app = await startApp(modelsAt([upstream], impatient));
  const socket = openSocket(app.url);
  socket.write(
    'GET /v1/realtime HTTP/1.1\r\nhost: localhost\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: x\r\n\r\n',
  );
  await socket.until('101 Switching');
  // Longer than the timeout: another request runs into it meanwhile.
  await using silent = await startUpstream(() => undefined);
  const other = await startApp(modelsAt([silent], { routing: { timeouts: { answer: '2s' } } }));
  expect((await send(`${other.url}/v1/files`, { method: 'GET' })).status).toBe(504);
  await other.close();
  socket.write('question');
  await socket.until('answer');
  socket.leave();
  await app.close();
});

test('an account whose key is refused does not hide a response from the account that has it', async () => {
  await using bed = await startBed({ mocks: 2 });
  const { id } = await bed
    .client({ baseURL: bed.mocks[1]!.baseURL })
    .responses.create({ model: 'gpt-4o-mini', input: 'hi' });
  await bed.mocks[0]!.fault({ fault: { kind: 'status', status: 401 } });
  expect(await bed.client().responses.retrieve(id)).toMatchObject({ id });
});

test('a kept connection to the owner that has died in between is replaced', async () => {
  await using bed = await startBed();
  const { id } = await bed.client().responses.create({ model: 'gpt-4o-mini', input: 'hi' });
  await bed.mock.fault({ times: 1, fault: { kind: 'cut' } });
  expect(await bed.client().responses.retrieve(id)).toMatchObject({ id });
});

test('a refusal of the owner is final, and shown as it is', async () => {
  await using bed = await startBed({ mocks: 2 });
  const { id } = await bed.client().responses.create({ model: 'gpt-4o-mini', input: 'hi' });
  await expect(bed.client().responses.cancel(id)).rejects.toMatchObject({ status: 400, type: 'invalid_request_error' });
  expect(new Set(await bed.sequence()).size).toBe(1);
});
