import { expect, test } from 'vitest';
import { Replayer } from './replayer.ts';
import { fakeProtocols } from './fake-protocol.fixture.ts';
import { makeRecording, makeStream } from './recordings.fixture.ts';
import type { Recording } from './types.ts';

const EVENTS = ['data: 1\n\n', 'data: hidden\n\n', 'data: [DONE]\n\n'];
const EVERYTHING = { includeUsage: true, includeObfuscation: true };
const NO_USAGE = { includeUsage: false, includeObfuscation: true };

function replayer(onGrow?: (recording: Recording, bytes: number) => void): Replayer {
  return new Replayer(fakeProtocols(), onGrow);
}

test('a stream is replayed as the very bytes that were recorded when the client sees everything', () => {
  const recording = makeStream(EVENTS);
  const replay = replayer().replay(recording, { stream: true, view: EVERYTHING });
  expect(replay.body).toBe(recording.bytes);
  expect(replay.headers).toBe(recording.headers);
});

test('a view leaves out what the client did not ask for and nothing else', () => {
  const replay = replayer().replay(makeStream(EVENTS), { stream: true, view: NO_USAGE });
  expect(replay.body.toString()).toBe('data: 1\n\ndata: [DONE]\n\n');
});

test('a recorded stream answers a JSON request', () => {
  const recording = makeStream(EVENTS, {
    headers: [
      ['openai-version', '1'],
      ['content-type', 'text/event-stream; charset=utf-8'],
    ],
  });
  const replay = replayer().replay(recording, { stream: false, view: NO_USAGE });
  expect(replay.body.toString()).toBe('{"ok":true,"events":3}');
  expect(replay.headers).toEqual([
    ['content-type', 'application/json'],
    ['openai-version', '1'],
  ]);
});

test('a recorded body answers a stream, through the same view', () => {
  const replay = replayer().replay(makeRecording(), { stream: true, view: NO_USAGE });
  expect(replay.body.toString()).toBe('data: {"ok":true}\n\ndata: [DONE]\n\n');
  expect(replay.headers).toEqual([['content-type', 'text/event-stream; charset=utf-8']]);
});

test('a body is replayed as it was recorded, whatever the view', () => {
  const recording = makeRecording();
  expect(replayer().replay(recording, { stream: false, view: NO_USAGE }).body).toBe(recording.bytes);
});

test('each form is made once, and only those that hold bytes of their own are counted', () => {
  const grown: number[] = [];
  const forms = replayer((_recording, bytes) => grown.push(bytes));
  const recording = makeStream(EVENTS);
  forms.replay(recording, { stream: true, view: EVERYTHING });
  const first = forms.replay(recording, { stream: true, view: NO_USAGE });
  const second = forms.replay(recording, { stream: true, view: NO_USAGE });
  expect(second).toBe(first);
  expect(grown).toEqual([first.body.length]);
});

test('the fields of a reader are filled in afresh for each, and the form that others share stays as it was', () => {
  let found = 0;
  const protocols = fakeProtocols();
  const protocol = {
    ...protocols.responses,
    findOwnFields: (answer: Buffer, shape: string) => {
      found += 1;
      expect(shape).toBe(answer.includes('data: ') ? 'stream' : 'body');
      return [{ name: 'user', start: 0, end: 1, meaning: 'x' }];
    },
    fillOwnFields: (answer: Buffer, places: readonly { name: string }[], own: Readonly<Record<string, string>>) =>
      own['user'] === 'same' ? answer : Buffer.from(`${places[0]?.name}=${own['user']} ${answer.toString()}`),
  };
  const grown: number[] = [];
  const forms = new Replayer(
    { ...protocols, 'chat.completions': protocol },
    (_recording, bytes) => void grown.push(bytes),
  );
  const recording = makeStream(EVENTS);
  const read = (user: string | undefined, stream = true): ReturnType<Replayer['replay']> =>
    forms.replay(recording, { stream, view: EVERYTHING, own: user === undefined ? undefined : { user } });
  const shared = read(undefined);
  expect(found).toBe(0);
  expect(shared.body).toBe(recording.bytes);
  expect(read('alice').body.toString()).toBe(`user=alice ${EVENTS.join('')}`);
  expect(read('alice').headers).toBe(recording.headers);
  expect(read('bob').body.toString()).toBe(`user=bob ${EVENTS.join('')}`);
  expect(read('same')).toBe(shared);
  expect(read(undefined)).toBe(shared);
  expect(found).toBe(1);
  expect(read('alice', false).body.toString()).toBe('user=alice {"ok":true,"events":3}');
  expect(grown).toEqual(['{"ok":true,"events":3}'.length]);
});
