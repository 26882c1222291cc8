import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { PROTOCOLS } from '../protocols/table.ts';
import { isPlain, readyFormOf, restored, restoredLength } from './ready-form.ts';
import { eventsOf } from './recording.ts';
import { makeRecording, makeStream } from './recordings.fixture.ts';
import { Replayer } from './replayer.ts';

const PLAIN = { includeUsage: false, includeObfuscation: true };
const chat = PROTOCOLS['chat.completions'];
const piece = (more: string): string => `data: {"choices":[{"index":0,"delta":{"content":"é"}}]${more}}\n\n`;
const USAGE = 'data: {"choices":[],"usage":{"prompt_tokens":1}}\n\n';

test('the ready form of a stream is what a client sees that asks for nothing', () => {
  const recording = makeStream([piece(',"usage":null'), piece(',"usage":null,"obfuscation":"ab"'), piece(''), USAGE]);
  const ready = readyFormOf(chat, recording)!;
  expect(ready.body.toString()).toBe(piece('') + piece(',"obfuscation":"ab"') + piece(''));
  // Where what is left out and what follows begin alike, it is the later one of two equal places.
  expect(ready.hidden).toEqual([',"usage":null', 'usage":null,"', USAGE]);
  expect(restored(ready).equals(recording.bytes)).toBe(true);
  expect(restoredLength(ready)).toBe(recording.bytes.length);
});

test('a stream of which nothing is hidden, and a body, are their own ready form', () => {
  for (const recording of [makeStream([piece(''), 'data: [DONE]\n\n']), makeRecording()]) {
    expect(readyFormOf(chat, recording)?.body).toBe(recording.bytes);
  }
});

test('an event that is changed by more than leaving out has no ready form, and neither has a refusal', () => {
  const protocol = { ...chat, show: () => Buffer.from('data: other\n\n') };
  expect(readyFormOf(protocol, makeStream([piece(',"usage":null')]))).toBeUndefined();
  expect(readyFormOf(chat, makeRecording({ refusal: { status: 400, request: 'ab' } }))).toBeUndefined();
});

test('whatever a stream is made of, its ready form is what the replay of its events is, and restores its bytes', () => {
  const event = fc.oneof(
    fc.constantFrom('', ',"usage":null', ',"obfuscation":"x1"', ',"usage":null,"obfuscation":"x"').map(piece),
    fc.constantFrom(USAGE, 'data: [DONE]\n\n', ': comment\n\n', piece(', "usage" : null')),
    fc.string().map((text) => piece(`,"x":${JSON.stringify(text)},"usage":null`)),
    fc.string().map((text) => piece(`,"usage":null,"x":${JSON.stringify(text)}`)),
  );
  fc.assert(
    fc.property(fc.array(event), (events) => {
      const recording = makeStream(events);
      const ready = readyFormOf(chat, recording);
      const shown = eventsOf(recording).flatMap((one) => chat.show(one, PLAIN) ?? []);
      if (!ready) return;
      expect(ready.body.equals(Buffer.concat(shown))).toBe(true);
      expect(restored(ready).equals(recording.bytes)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test('only the view of clients that ask for nothing is plain', () => {
  expect(isPlain(PLAIN)).toBe(true);
  expect(isPlain({ ...PLAIN, includeUsage: true })).toBe(false);
  expect(isPlain({ ...PLAIN, includeObfuscation: false })).toBe(false);
  expect(isPlain({ ...PLAIN, framing: 'array' })).toBe(false);
});

test('a replay is the ready form as it is, with the fields of its reader where it has such', () => {
  const replayer = new Replayer(PROTOCOLS);
  const stream = makeStream([piece(',"usage":null'), USAGE, 'data: [DONE]\n\n']);
  const withForm = { ...stream, ready: readyFormOf(chat, stream)! };
  const own = { user: '"ada"' };
  expect(replayer.replay(withForm, { stream: true, view: PLAIN, own }).body).toBe(withForm.ready.body);
  const everything = { includeUsage: true, includeObfuscation: true };
  expect(replayer.replay(withForm, { stream: true, view: everything, own }).body.equals(stream.bytes)).toBe(true);
  const body = makeRecording({ bytes: Buffer.from('{"user":"bob","choices":[]}') });
  const named = { ...body, ready: readyFormOf(chat, body)! };
  const ofAda = replayer.replay(named, { stream: false, view: PLAIN, own }).body;
  expect(ofAda.toString()).toBe('{"user":"ada","choices":[]}');
  expect(replayer.replay(named, { stream: false, view: PLAIN, own: { user: '"bob"' } }).body).toBe(named.bytes);
});
