import { expect, test } from 'vitest';
import { judged } from './judged.ts';
import { bedForFile } from './bed.ts';

const bed = judged(bedForFile());
const soon = () => Math.floor(Date.now() / 1000);

test('a client secret opens the session that was asked for, with defaults for the rest', async () => {
  const secret = await bed.client().realtime.clientSecrets.create({
    expires_after: { anchor: 'created_at', seconds: 120 },
    session: {
      type: 'realtime',
      model: 'gpt-realtime',
      instructions: 'Be kind.',
      audio: { output: { voice: 'marin' } },
    },
  });
  expect(secret.value).toMatch(/^ek_[0-9a-f]{32}$/);
  expect(secret.expires_at - soon()).toBeGreaterThan(100);
  expect(secret.session).toMatchObject({
    type: 'realtime',
    object: 'realtime.session',
    instructions: 'Be kind.',
    output_modalities: ['audio'],
    audio: { input: { turn_detection: { type: 'server_vad' } }, output: { voice: 'marin', speed: 1 } },
  });
  const session = { type: 'transcription', audio: { input: { transcription: { model: 'whisper-1' } } } } as const;
  const heard = await bed.client().realtime.clientSecrets.create({ session });
  expect(heard.session).toMatchObject({
    type: 'transcription',
    audio: { input: { transcription: { model: 'whisper-1' } } },
  });
});

test('a secret that lives too long is refused', async () => {
  const body = { expires_after: { anchor: 'created_at' as const, seconds: 9000 } };
  await expect(bed.client().realtime.clientSecrets.create(body)).rejects.toMatchObject({
    status: 400,
    param: 'seconds',
  });
});

test.each([
  ['sessions', { model: 'gpt-4o-realtime-preview', modalities: ['text'] }, { object: 'realtime.session' }],
  ['transcription_sessions', {}, { object: 'realtime.transcription_session' }],
  [
    'translations/client_secrets',
    { session: { model: 'gpt-realtime-translate' } },
    { session: { type: 'translation' } },
  ],
])('%s answers in its form', async (path, body, expected) => {
  expect(await bed.client().post(`/realtime/${path}`, { body })).toMatchObject(expected);
});

const OFFER = [
  'v=0',
  'o=- 1 2 IN IP4 127.0.0.1',
  's=-',
  't=0 0',
  'a=group:BUNDLE 0',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111',
  'a=mid:0',
  'a=rtpmap:111 opus/48000/2',
  '',
].join('\r\n');

function offered(): Promise<Response> {
  const headers = { 'content-type': 'application/sdp' };
  return fetch(`${bed.mock.baseURL}/realtime/calls`, { method: 'POST', headers, body: OFFER });
}

test('a call that was rejected is gone', async () => {
  const id = (await offered()).headers.get('location')!.split('/').at(-1)!;
  const { calls } = bed.client().realtime;
  await calls.reject(id, { status_code: 486 });
  await expect(calls.accept(id, { type: 'realtime' })).rejects.toMatchObject({ status: 404 });
});

test('a call is made with an offer, steered by its id, and gone when it was hung up', async () => {
  const response = await offered();
  expect(response.status).toBe(201);
  expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  const answer = await response.text();
  expect(answer.startsWith('v=0\r\n')).toBe(true);
  expect(answer).toContain('m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n');
  const id = response.headers.get('location')!.split('/').at(-1)!;
  const { calls } = bed.client().realtime;
  await calls.accept(id, { type: 'realtime' });
  await calls.refer(id, { target_uri: 'tel:+14155550123' });
  await calls.hangup(id);
  await expect(calls.hangup(id)).rejects.toMatchObject({ status: 404 });
});

test('a call without an offer is refused', async () => {
  const response = await fetch(`${bed.mock.baseURL}/realtime/calls`, { method: 'POST', body: new FormData() });
  expect(response.status).toBe(400);
});
