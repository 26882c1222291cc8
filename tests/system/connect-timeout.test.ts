import { createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { chat, nonce } from './ask.ts';
import { MODEL, startBed } from './bed.ts';

test('an endpoint that takes a connection and never finishes it is left for the next one, for every operation', async () => {
  const sockets: Socket[] = [];
  const silent = createServer((socket) => sockets.push(socket.on('error', () => undefined)));
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  try {
    await using bed = await startBed({
      mocks: 2,
      endpoints: [{ base_url: `https://127.0.0.1:${port}/v1` }, { weight: 0 }],
      model: { routing: { allowed_fails: 1, timeouts: { connect: '1s' } } },
    });
    const { response } = await bed.client().chat.completions.create(chat(nonce())).withResponse();
    expect(response.headers.get('x-llmproxy-endpoint')).toBe(`${MODEL}/b`);
    expect((await bed.stats()).endpoints[0]).toMatchObject({
      state: 'ejected',
      operations_out: [],
      last_error: { kind: 'timeout_connect' },
    });
    await bed.client().embeddings.create({ model: MODEL, input: nonce() });
    expect(sockets).toHaveLength(1);
  } finally {
    for (const socket of sockets) socket.destroy();
    silent.close();
  }
});
