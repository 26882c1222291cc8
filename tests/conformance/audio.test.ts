import { toFile } from 'openai';
import { expect, test } from 'vitest';
import { judged } from './judged.ts';
import { bedForFile } from './bed.ts';

const bed = judged(bedForFile());
const input = 'The quick brown fox jumps. It jumps over the lazy dog!';
const model = 'gpt-4o-mini-tts';
const FORMATS = ['mp3', 'opus', 'aac', 'flac', 'wav', 'pcm'] as const;

async function spoken(response_format: (typeof FORMATS)[number] = 'wav', text = input): Promise<Buffer> {
  const answer = await bed.client().audio.speech.create({ model, voice: 'alloy', input: text, response_format });
  return Buffer.from(await answer.arrayBuffer());
}

const recording = async (name = 'fox.wav') => toFile(await spoken(), name, { type: 'audio/wav' });

test.each([
  ['mp3', 'audio/mpeg', 'ID3'],
  ['opus', 'audio/opus', 'OggS'],
  ['aac', 'audio/aac', 'ID3'],
  ['flac', 'audio/flac', 'fLaC'],
  ['wav', 'audio/wav', 'RIFF'],
] as const)('speech as %s has its type and its mark', async (response_format, type, mark) => {
  const answer = await bed.client().audio.speech.create({ model, voice: 'alloy', input, response_format });
  expect(answer.headers.get('content-type')).toBe(type);
  expect(
    Buffer.from(await answer.arrayBuffer())
      .toString('latin1')
      .startsWith(mark),
  ).toBe(true);
});

test('PCM is a tone of the length of the speech, and speed shortens it', async () => {
  const pcm = await spoken('pcm');
  expect(pcm.length).toBe(211_200);
  expect(new Set(pcm.subarray(0, 400)).size).toBeGreaterThan(50);
  const body = { model, voice: 'alloy', input, response_format: 'pcm', speed: 2 } as const;
  const fast = await bed.client().audio.speech.create(body);
  expect((await fast.arrayBuffer()).byteLength).toBe(105_600);
});

test('streamed speech is the same sound in pieces, with its usage at the end', async () => {
  const body = { model, voice: 'alloy', input, response_format: 'pcm', stream_format: 'sse' } as const;
  const answer = await bed.client().audio.speech.create(body);
  expect(answer.headers.get('content-type')).toMatch(/^text\/event-stream/);
  const events = (await answer.text())
    .split('\n\n')
    .filter((event) => event !== '')
    .map((event) => JSON.parse(event.slice('data: '.length)) as { type: string; audio?: string });
  for (const event of events) bed.judge?.component('CreateSpeechResponseStreamEvent', event);
  const parts = events.flatMap(({ audio }) => (audio === undefined ? [] : [Buffer.from(audio, 'base64')]));
  expect(parts.length).toBeGreaterThan(2);
  expect(Buffer.concat(parts).equals(await spoken('pcm'))).toBe(true);
  expect(events.at(-1)).toMatchObject({ type: 'speech.audio.done' });
});

test.each(FORMATS.filter((format) => format !== 'pcm'))('what was spoken as %s is heard again', async (format) => {
  const file = await toFile(await spoken(format, 'Grüße, 世界!'), `speech.${format}`);
  const { text } = await bed.client().audio.transcriptions.create({ model: 'whisper-1', file });
  expect(text).toBe('Grüße, 世界!');
});

test('a strange recording is transcribed by its name', async () => {
  const file = await toFile(Buffer.from('not really sound'), 'meeting.mp3');
  const { text } = await bed.client().audio.transcriptions.create({ model: 'gpt-4o-transcribe', file });
  expect(text).toBe('Mock transcription of meeting.mp3');
});

test('json tells the tokens or the seconds, and logprobs when they are asked for', async () => {
  const { transcriptions } = bed.client().audio;
  const whisper = await transcriptions.create({ model: 'whisper-1', file: await recording() });
  expect(whisper.usage).toEqual({ type: 'duration', seconds: 5 });
  const include = ['logprobs' as const];
  const modern = await transcriptions.create({ model: 'gpt-4o-transcribe', file: await recording(), include });
  expect(modern.usage).toMatchObject({ type: 'tokens', input_token_details: { audio_tokens: 44, text_tokens: 0 } });
  expect(modern.logprobs!.map(({ token }) => token).join('')).toBe(input);
});

test('verbose_json has segments, or words, or both, that cover the recording', async () => {
  const { transcriptions } = bed.client().audio;
  const ask = async (timestamp_granularities?: ('word' | 'segment')[]) =>
    transcriptions.create({
      model: 'whisper-1',
      file: await recording(),
      response_format: 'verbose_json',
      ...(timestamp_granularities ? { timestamp_granularities } : {}),
    });
  const plain = await ask();
  expect(plain).toMatchObject({ language: 'english', duration: 4.4, text: input });
  expect(plain.segments!.map(({ text }) => text)).toEqual([
    ' The quick brown fox jumps.',
    ' It jumps over the lazy dog!',
  ]);
  expect(plain.segments!.at(-1)!.end).toBe(4.4);
  expect(plain.words).toBeUndefined();
  const words = await ask(['word']);
  expect(words.segments).toBeUndefined();
  expect(words.words!.map(({ word }) => word).join(' ')).toBe('The quick brown fox jumps It jumps over the lazy dog');
  const both = await ask(['word', 'segment']);
  expect([both.words!.length, both.segments!.length]).toEqual([11, 2]);
});

test('text, srt and vtt are plain', async () => {
  const { transcriptions } = bed.client().audio;
  const ask = async (response_format: 'text' | 'srt' | 'vtt') =>
    transcriptions.create({ model: 'whisper-1', file: await recording(), response_format });
  expect(await ask('text')).toBe(`${input}\n`);
  expect(await ask('srt')).toMatch(/^1\n00:00:00,000 --> 00:00:02,\d\d\d\nThe quick brown fox jumps\.\n\n2\n/);
  expect(await ask('vtt')).toMatch(/^WEBVTT\n\n00:00:00\.000 --> 00:00:02\.\d\d\d\nThe quick brown fox jumps\.\n\n/);
});

test('the diarizing model names speakers, whole and streamed', async () => {
  const { transcriptions } = bed.client().audio;
  const body = { model: 'gpt-4o-transcribe-diarize', response_format: 'diarized_json' } as const;
  const whole = await transcriptions.create({ ...body, file: await recording() });
  expect(whole).toMatchObject({ segments: [{ speaker: 'A' }, { speaker: 'B' }], duration: 4.4, text: input });
  const types = new Set<string>();
  for await (const event of await transcriptions.create({ ...body, file: await recording(), stream: true })) {
    bed.judge?.component('CreateTranscriptionResponseStreamEvent', event);
    types.add(event.type);
  }
  expect([...types]).toEqual(['transcript.text.delta', 'transcript.text.segment', 'transcript.text.done']);
});

test('a streamed transcription is the text in pieces', async () => {
  const { transcriptions } = bed.client().audio;
  let text = '';
  let done: unknown;
  const body = { model: 'gpt-4o-transcribe', file: await recording(), stream: true } as const;
  for await (const event of await transcriptions.create(body)) {
    bed.judge?.component('CreateTranscriptionResponseStreamEvent', event);
    if (event.type === 'transcript.text.delta') text += event.delta;
    if (event.type === 'transcript.text.done') done = event;
  }
  expect(text).toBe(input);
  expect(done).toMatchObject({ text: input, usage: { type: 'tokens' } });
});

test('translations come in every format', async () => {
  const { translations } = bed.client().audio;
  const body = { model: 'whisper-1' } as const;
  expect(await translations.create({ ...body, file: await recording() })).toEqual({ text: input });
  const verbose = await translations.create({ ...body, file: await recording(), response_format: 'verbose_json' });
  expect(verbose).toMatchObject({ language: 'english', text: input, segments: [{ id: 0 }, { id: 1 }] });
  expect(await translations.create({ ...body, file: await recording(), response_format: 'text' })).toBe(`${input}\n`);
});

test('a script speaks for a recording', async () => {
  await bed.mock.answer({ match: { operation: 'audio.transcriptions' }, reply: { text: 'as scripted' } });
  const answer = await bed
    .client()
    .audio.transcriptions.create({ model: 'gpt-4o-transcribe', file: await recording() });
  expect(answer.text).toBe('as scripted');
});

test('wrong requests are refused', async () => {
  const { speech, transcriptions } = bed.client().audio;
  const code = (value: string, param: string | null) => ({ status: 400, code: value, param });
  const voice = 'alloy' as const;
  await expect(speech.create({ model, voice: 'robot', input })).rejects.toMatchObject(code('invalid_value', 'voice'));
  await expect(speech.create({ model, voice, input: 'x'.repeat(4097) })).rejects.toMatchObject(
    code('string_above_max_length', 'input'),
  );
  await expect(speech.create({ model: 'tts-1', voice, input, stream_format: 'sse' })).rejects.toMatchObject(
    code('unsupported_value', 'stream_format'),
  );
  await expect(
    transcriptions.create({ model: 'gpt-4o-transcribe', file: await recording(), response_format: 'srt' }),
  ).rejects.toMatchObject(code('unsupported_value', 'response_format'));
  await expect(transcriptions.create({ model: 'whisper-1', file: await recording('fox.txt') })).rejects.toMatchObject({
    status: 400,
    message: expect.stringContaining('Invalid file format.'),
  });
  const empty = await toFile(Buffer.alloc(0), 'empty.wav');
  await expect(transcriptions.create({ model: 'whisper-1', file: empty })).rejects.toMatchObject(
    code('audio_too_short', 'file'),
  );
});
