import { expect, onTestFinished, test } from 'vitest';
import { UpstreamClient } from '../../proxy/upstream/client.ts';
import type { UpstreamCall, UpstreamFailure } from '../../proxy/upstream/types.ts';
import { rawHttp2, RST_STREAM, TLS, type RawConnection, type RawOptions } from './raw-http2.ts';

interface Seen {
  status?: number;
  body: string;
  failure?: UpstreamFailure;
}

const code = (value: number): Buffer => {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(value);
  return payload;
};
const INTERNAL_ERROR = code(2);
const REFUSED_STREAM = code(7);
const CANCEL = code(8);

const PATIENT = { connectMs: 2_000, firstByteMs: 2_000, idleMs: 2_000 };

async function bed(
  onStream: (connection: RawConnection, id: number) => void,
  timeouts = PATIENT,
  options: RawOptions = {},
) {
  const server = await rawHttp2((connection, id) => serve(connection, id), options);
  let serve = onStream;
  const client = new UpstreamClient();
  onTestFinished(() => client.close());
  const send = () => {
    const seen: Seen = { body: '' };
    const { promise: done, resolve } = Promise.withResolvers<Seen>();
    const call: UpstreamCall = client.send(
      {
        origin: server.origin,
        path: '/',
        method: 'POST',
        headers: ['content-length', '2'],
        body: Buffer.from('{}'),
        timeouts,
        ca: TLS.cert,
        http2: true,
      },
      {
        onHead: (status) => (seen.status = status),
        onData: (chunk) => (seen.body += chunk.toString()),
        onEnd: () => resolve(seen),
        onFailure: (failure) => resolve(Object.assign(seen, { failure })),
      },
    );
    return { call, seen, done };
  };
  return {
    send,
    connections: server.connections,
    client,
    serves: (next: typeof onStream) => {
      serve = next;
    },
  };
}

const whole = (connection: RawConnection, id: number): void => {
  connection.head(id);
  connection.data(id, 'hello', true);
};
const begun = (connection: RawConnection, id: number): void => {
  connection.head(id);
  connection.data(id, 'part');
};

test.each([
  ['INTERNAL_ERROR', INTERNAL_ERROR],
  ['CANCEL', CANCEL],
  ['REFUSED_STREAM', REFUSED_STREAM],
])('a stream that is reset in the middle with %s is a cut, and its neighbours go on', async (_name, payload) => {
  const { send, connections } = await bed(begun);
  const [one, other] = [send(), send()];
  await expect.poll(() => one.seen.body + other.seen.body).toBe('partpart');
  connections[0]?.frame(RST_STREAM, 0, 1, payload);
  expect((await one.done).failure?.kind).toBe('cut');
  connections[0]?.data(3, ' two', true);
  expect(await other.done).toEqual({ status: 200, body: 'part two' });
});

test.each(['destroy', 'end'] as const)(
  'a connection that breaks (%s) in the middle of answers cuts all of them',
  async (how) => {
    const { send, connections, serves } = await bed(begun);
    const all = [send(), send(), send()];
    await expect.poll(() => all.map(({ seen }) => seen.body).join('')).toBe('partpartpart');
    connections[0]?.socket[how]();
    expect(await Promise.all(all.map(async ({ done }) => (await done).failure?.kind))).toEqual(['cut', 'cut', 'cut']);
    serves(whole);
    expect((await send().done).body).toBe('hello');
    expect(connections.length).toBe(2);
  },
);

test.each(['destroy', 'end'] as const)(
  'a new connection that breaks (%s) before any answer has refused',
  async (how) => {
    const { send } = await bed((connection) => void connection.socket[how]());
    expect((await send().done).failure?.kind).toBe('refused');
  },
);

test.each(['destroy', 'end'] as const)(
  'a connection that carried answers and breaks (%s) before the next one was dead',
  async (how) => {
    const { send, serves } = await bed(whole);
    expect((await send().done).body).toBe('hello');
    serves((connection) => void connection.socket[how]());
    expect((await send().done).failure?.kind).toBe('dead_connection');
    expect((await send().done).failure?.kind).toBe('refused');
  },
);

test('a stream that is reset before its head has refused, on a connection that carried answers, too', async () => {
  const { send, serves, connections } = await bed(whole);
  expect((await send().done).body).toBe('hello');
  serves((connection, id) => connection.frame(RST_STREAM, 0, id, INTERNAL_ERROR));
  expect((await send().done).failure?.kind).toBe('refused');
  serves(whole);
  expect((await send().done).body).toBe('hello');
  expect(connections.length).toBe(1);
});

test('a stream that was refused unprocessed is sent again, once', async () => {
  const { send, connections } = await bed((connection, id) => {
    if (id === 1) connection.frame(RST_STREAM, 0, id, REFUSED_STREAM);
    else whole(connection, id);
  });
  expect((await send().done).body).toBe('hello');
  expect(connections[0]?.opened).toEqual([1, 3]);
});

test('a stream that is refused twice has refused', async () => {
  const { send, connections } = await bed((connection, id) => connection.frame(RST_STREAM, 0, id, REFUSED_STREAM));
  expect((await send().done).failure?.kind).toBe('refused');
  expect(connections[0]?.opened).toEqual([1, 3]);
});

test('GOAWAY: what runs ends well, what was not processed is sent again, and what comes later goes over a new connection', async () => {
  let first: RawConnection | undefined;
  const { send, connections } = await bed((connection, id) => {
    first ??= connection;
    if (connection !== first) whole(connection, id);
    else if (id === 1) begun(connection, id);
    else connection.goAway(1);
  });
  const running = send();
  await expect.poll(() => running.seen.body).toBe('part');
  expect((await send().done).body).toBe('hello');
  expect((await send().done).body).toBe('hello');
  expect(connections.map(({ opened }) => opened)).toEqual([
    [1, 3],
    [1, 3],
  ]);
  first?.data(1, ' and end', true);
  expect(await running.done).toEqual({ status: 200, body: 'part and end' });
});

test.each([
  [0, 'end'],
  [0, 'destroy'],
  [2, 'end'],
  [2, 'destroy'],
] as const)('GOAWAY with code %d and a broken connection (%s) is a cut for what runs', async (goAway, how) => {
  const { send, connections } = await bed(begun);
  const running = send();
  await expect.poll(() => running.seen.body).toBe('part');
  connections[0]?.goAway(1, goAway);
  connections[0]?.socket[how]();
  expect((await running.done).failure?.kind).toBe('cut');
});

test('the end of the client cuts what runs', async () => {
  const { send, client } = await bed(begun);
  const running = send();
  await expect.poll(() => running.seen.body).toBe('part');
  await client.close();
  expect((await running.done).failure?.kind).toBe('cut');
});

test('who leaves resets its stream, whether there was a head or not', async () => {
  const { send, connections, serves } = await bed(begun);
  const [one, other] = [send(), send()];
  await expect.poll(() => one.seen.body + other.seen.body).toBe('partpart');
  one.call.abort();
  expect((await one.done).failure?.kind).toBe('client_left');
  serves(() => undefined);
  const third = send();
  await expect.poll(() => connections[0]?.opened.length).toBe(3);
  third.call.abort();
  expect((await third.done).failure?.kind).toBe('client_left');
  await expect.poll(() => connections[0]?.reset.map(([id]) => id)).toEqual([1, 5]);
  connections[0]?.data(3, '!', true);
  expect((await other.done).body).toBe('part!');
  expect(connections.length).toBe(1);
});

test('a connection that falls silent gets no further streams, and is closed when it answers no ping', async () => {
  const impatient = { connectMs: 2_000, firstByteMs: 100, idleMs: 5_000 };
  let first: RawConnection | undefined;
  const { send, connections } = await bed((connection, id) => {
    first ??= connection;
    if (connection !== first) whole(connection, id);
    else if (id === 1) begun(connection, id);
  }, impatient);
  const running = send();
  await expect.poll(() => running.seen.body).toBe('part');
  expect((await send().done).failure?.kind).toBe('timeout_first_byte');
  expect((await send().done).body).toBe('hello');
  expect(connections.map(({ opened }) => opened)).toEqual([[1, 3], [1]]);
  expect((await running.done).failure?.kind).toBe('cut');
});

test('an endpoint that never says its settings is a timeout of connecting', async () => {
  const { send } = await bed(whole, { connectMs: 150, firstByteMs: 5_000, idleMs: 5_000 }, { settings: undefined });
  expect((await send().done).failure?.kind).toBe('timeout_connect');
});

test('an endpoint that takes two streams at a time gets further connections, one that takes none has refused', async () => {
  const opened: [RawConnection, number][] = [];
  const { send, connections } = await bed((connection, id) => void opened.push([connection, id]), PATIENT, {
    settings: 2,
  });
  const all = Array.from({ length: 5 }, () => send());
  await expect.poll(() => opened.length).toBe(5);
  for (const [connection, id] of opened) whole(connection, id);
  expect(await Promise.all(all.map(async ({ done }) => (await done).body))).toEqual(Array(5).fill('hello'));
  expect(connections.map(({ opened: ids }) => ids.length).toSorted((a, b) => a - b)).toEqual([1, 2, 2]);
  const none = await bed(whole, PATIENT, { settings: 0 });
  expect((await none.send().done).failure?.kind).toBe('refused');
});
