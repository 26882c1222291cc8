import { OpenAIRealtimeTranslationWS } from 'openai/realtime/translations/ws';
import { expect, onTestFinished, test } from 'vitest';
import { bedForFile } from './bed.ts';
import { realtime, said, silence, Talk, tone } from './sockets.ts';

const bed = bedForFile({ tls: true });

const SPOKEN = [
  'response.created',
  'response.output_item.added',
  'conversation.item.added',
  'response.content_part.added',
];
const CLOSED = ['response.content_part.done', 'conversation.item.done', 'response.output_item.done', 'response.done'];

test('a session begins with the settings of its model', async () => {
  const { talk } = realtime(bed, { model: 'gpt-realtime' });
  const { session } = (await talk.next('session.created')) as unknown as { session: Record<string, never> };
  expect(Object.keys(session)).toEqual([
    'type',
    'object',
    'id',
    'model',
    'output_modalities',
    'instructions',
    'tools',
    'tool_choice',
    'max_output_tokens',
    'tracing',
    'truncation',
    'prompt',
    'expires_at',
    'audio',
    'include',
  ]);
  expect(session['audio']).toMatchObject({
    input: { turn_detection: { type: 'server_vad', silence_duration_ms: 200 } },
    output: { voice: 'alloy' },
  });
  const second = realtime(bed, { model: 'gpt-realtime-2.1' });
  expect(await second.talk.next('session.created')).toMatchObject({
    session: { audio: { input: { turn_detection: { silence_duration_ms: 500 } }, output: { voice: 'marin' } } },
  });
});

test('an answer is spoken: transcript and sound, in the order of the provider', async () => {
  await bed.mock.answer({ match: { text: 'greet' }, reply: { text: 'Hello there, my dear friend.' } });
  const { talk, send } = realtime(bed);
  await talk.next('session.created');
  send(said('please greet me'));
  send({ type: 'response.create' });
  await talk.next('rate_limits.updated');
  const order = talk.between('response.created', 'response.done');
  expect(order.filter((type) => !type.endsWith('.delta'))).toEqual([
    ...SPOKEN,
    'response.output_audio.done',
    'response.output_audio_transcript.done',
    ...CLOSED,
  ]);
  const words = talk.all('response.output_audio_transcript.delta').map(({ delta }) => delta);
  expect(words.join('')).toBe('Hello there, my dear friend.');
  for (const { delta, obfuscation } of talk.all('response.output_audio_transcript.delta')) {
    expect(String(delta).length + String(obfuscation).length).toBe(16);
  }
  const sound = talk.all('response.output_audio.delta').map(({ delta }) => Buffer.from(String(delta), 'base64'));
  expect(Buffer.concat(sound).length).toBe(2 * 48_000);
  expect(talk.all('response.output_audio.delta')[0]).not.toHaveProperty('obfuscation');
  const before = (type: string): unknown => talk.all(type).at(-1)!['previous_item_id'];
  const [user] = talk.all('conversation.item.added').map(({ item }) => (item as { id: string }).id);
  // As recorded: where the item before it is the first one, the end of an answer does not name it.
  expect([before('conversation.item.added'), before('conversation.item.done')]).toEqual([user, null]);
  const { response } = talk.all('response.done')[0] as unknown as { response: Record<string, unknown> };
  expect(response).toMatchObject({
    object: 'realtime.response',
    status: 'completed',
    output: [{ type: 'message', content: [{ type: 'output_audio', transcript: 'Hello there, my dear friend.' }] }],
    // The default instructions are 111 tokens, the message 3 and 4; the transcript 7 and 10, the sound 20 a second.
    usage: { input_tokens: 118, output_tokens: 57, output_token_details: { text_tokens: 17, audio_tokens: 40 } },
  });
});

test('an answer in writing has text parts and counts its text and two tokens', async () => {
  const { talk, send } = realtime(bed);
  await talk.next('session.created');
  send({
    type: 'session.update',
    session: { type: 'realtime', output_modalities: ['text'], instructions: 'Be brief.' },
  });
  expect(await talk.next('session.updated')).toMatchObject({ session: { instructions: 'Be brief.' } });
  send(said('Count from 1 to 5'));
  send({ type: 'response.create' });
  const done = await talk.next('response.done');
  expect(talk.between('response.created', 'response.done')).toEqual([
    ...SPOKEN,
    'response.output_text.delta',
    'response.output_text.done',
    ...CLOSED,
  ]);
  expect(done).toMatchObject({
    response: {
      output: [{ content: [{ type: 'output_text', text: '1\n2\n3\n4\n5' }] }],
      usage: { output_tokens: 11, output_token_details: { text_tokens: 11, audio_tokens: 0 } },
    },
  });
});

test('speech is heard in the sound, written down, and answered', async () => {
  const { talk, send } = realtime(bed);
  await talk.next('session.created');
  send({
    type: 'session.update',
    session: { type: 'realtime', audio: { input: { transcription: { model: 'whisper-1' } } } },
  });
  send({ type: 'input_audio_buffer.append', audio: silence(400) });
  send({ type: 'input_audio_buffer.append', audio: tone(1000) });
  send({ type: 'input_audio_buffer.append', audio: silence(300) });
  const done = await talk.next('response.done');
  expect(talk.between('input_audio_buffer.speech_started', 'response.created')).toEqual([
    'input_audio_buffer.speech_started',
    'input_audio_buffer.speech_stopped',
    'input_audio_buffer.committed',
    'conversation.item.added',
    'conversation.item.done',
    'response.created',
  ]);
  const [started] = talk.all('input_audio_buffer.speech_started');
  const [stopped] = talk.all('input_audio_buffer.speech_stopped');
  expect([started!['audio_start_ms'], stopped!['audio_end_ms']]).toEqual([100, 1600]);
  expect(stopped!['item_id']).toBe(started!['item_id']);
  expect(await talk.next('conversation.item.input_audio_transcription.completed')).toMatchObject({
    item_id: started!['item_id'],
    usage: { type: 'duration', seconds: 2 },
  });
  expect(done).toMatchObject({ response: { usage: { input_token_details: { audio_tokens: 15 } } } });
});

test('speech that the mock has made is understood', async () => {
  const text = 'where is my order';
  const speech = { model: 'gpt-4o-mini-tts', voice: 'alloy', input: text, response_format: 'pcm' } as const;
  const spoken = Buffer.from(await (await bed.client().audio.speech.create(speech)).arrayBuffer());
  const { talk, send } = realtime(bed);
  await talk.next('session.created');
  const input = { transcription: { model: 'gpt-4o-transcribe' } };
  send({ type: 'session.update', session: { type: 'realtime', output_modalities: ['text'], audio: { input } } });
  send({ type: 'input_audio_buffer.append', audio: spoken.toString('base64') });
  send({ type: 'input_audio_buffer.append', audio: silence(500) });
  expect(await talk.next('conversation.item.input_audio_transcription.completed')).toMatchObject({ transcript: text });
  expect(await talk.next('response.output_text.done')).toMatchObject({ text: expect.stringContaining(text) as string });
});

test('what is said in a sound can be told by a rule', async () => {
  await bed.mock.script([
    { match: { operation: 'realtime.transcription' }, answer: 'where is my order' },
    { match: { text: 'where is my order' }, answer: 'On its way.' },
  ]);
  const { talk, send } = realtime(bed);
  await talk.next('session.created');
  const input = { transcription: { model: 'gpt-4o-transcribe' }, turn_detection: null } as never;
  send({ type: 'session.update', session: { type: 'realtime', output_modalities: ['text'], audio: { input } } });
  send({ type: 'input_audio_buffer.append', audio: tone(500) });
  send({ type: 'input_audio_buffer.commit' });
  expect(await talk.next('conversation.item.input_audio_transcription.completed')).toMatchObject({
    transcript: 'where is my order',
    usage: { type: 'tokens', total_tokens: 9 },
  });
  expect(talk.types).not.toContain('response.created');
  send({ type: 'response.create' });
  expect(await talk.next('response.output_text.done')).toMatchObject({ text: 'On its way.' });
});

test('a function is called, its output is answered, and nothing goes on by itself', async () => {
  const { talk, send } = realtime(bed);
  await talk.next('session.created');
  const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
  const weather = { type: 'function', name: 'get_weather', description: 'Weather of a city', parameters } as const;
  send({ type: 'session.update', session: { type: 'realtime', output_modalities: ['text'], tools: [weather] } });
  send(said('What is the weather in Paris?'));
  send({ type: 'response.create' });
  const called = await talk.next('response.function_call_arguments.done');
  expect(Object.keys(called)).toEqual([
    'type',
    'event_id',
    'response_id',
    'item_id',
    'output_index',
    'call_id',
    'name',
    'arguments',
  ]);
  expect(called).toMatchObject({ name: 'get_weather', call_id: expect.stringMatching(/^call_\w{16}$/) as string });
  expect(await talk.next('response.done')).toMatchObject({ response: { output: [{ type: 'function_call' }] } });
  const output = { type: 'function_call_output', call_id: String(called['call_id']), output: 'sunny' } as const;
  send({ type: 'conversation.item.create', item: output });
  send({ type: 'response.create' });
  await talk.next('response.done', 2);
  expect(talk.all('response.output_text.done')[0]).toMatchObject({ text: expect.stringContaining('sunny') as string });
});

test('a second response while one runs is refused, and an item waits for the end of the response', async () => {
  await bed.mock.pace({ tokensPerSecond: 100 });
  const { talk, send } = realtime(bed);
  await talk.next('session.created');
  send(said('Count from 1 to 5'));
  send({ type: 'response.create' });
  await talk.next('response.output_audio_transcript.delta');
  send({ type: 'response.create', event_id: 'event_mine' });
  send(said('and now?'));
  const error = await talk.next('error');
  expect(error).toMatchObject({
    error: { code: 'conversation_already_has_active_response', event_id: 'event_mine', param: null },
  });
  await talk.next('conversation.item.added', 3);
  expect(talk.types.lastIndexOf('conversation.item.added')).toBeGreaterThan(talk.types.indexOf('response.done'));
});

test('a response that is cancelled closes what it has begun with what was sent', async () => {
  await bed.mock.pace({ tokensPerSecond: 20 });
  const { talk, send } = realtime(bed);
  await talk.next('session.created');
  send({ type: 'session.update', session: { type: 'realtime', output_modalities: ['text'] } });
  send(said('Count from 1 to 5'));
  send({ type: 'response.create' });
  await talk.next('response.output_text.delta', 2);
  send({ type: 'response.cancel' });
  const done = await talk.next('response.done');
  const sent = talk.all('response.output_text.delta').map(({ delta }) => delta);
  expect(sent.length).toBeLessThan(9);
  expect(talk.all('response.output_text.done')[0]).toMatchObject({ text: sent.join('') });
  expect(done).toMatchObject({
    response: {
      status: 'cancelled',
      status_details: { type: 'cancelled', reason: 'client_cancelled' },
      output: [{ status: 'incomplete' }],
    },
  });
  send({ type: 'response.cancel' });
  expect(await talk.next('error')).toMatchObject({ error: { code: 'response_cancel_not_active' } });
});

test('speech interrupts the answer, and the client takes back what was not heard', async () => {
  await bed.mock.pace({ tokensPerSecond: 20 });
  const { talk, send } = realtime(bed);
  await talk.next('session.created');
  send(said('Count from 1 to 5'));
  send({ type: 'response.create' });
  const { item_id: id } = await talk.next('response.output_audio.delta');
  send({ type: 'input_audio_buffer.append', audio: tone(300) });
  expect(await talk.next('response.done')).toMatchObject({
    response: { status: 'cancelled', status_details: { reason: 'turn_detected' } },
  });
  send({ type: 'conversation.item.truncate', item_id: String(id), content_index: 0, audio_end_ms: 90 });
  expect(await talk.next('conversation.item.truncated')).toMatchObject({ item_id: id, audio_end_ms: 90 });
  send({ type: 'conversation.item.retrieve', item_id: String(id) });
  const { item } = (await talk.next('conversation.item.retrieved')) as unknown as { item: { content: never[] } };
  const [part] = item.content as { audio: string; transcript: string | null }[];
  expect([Buffer.from(part!.audio, 'base64').length, part!.transcript]).toEqual([90 * 48, null]);
});

test('frames that mean nothing are refused and the session goes on', async () => {
  const { rt, talk, send, errors } = realtime(bed);
  await talk.next('session.created');
  rt.socket.send('this is no JSON');
  send({ type: 'session.frobnicate', event_id: 'event_x' } as never);
  send({ type: 'session.update', session: { instructions: 'x' } as never });
  send({ type: 'input_audio_buffer.commit' });
  send({ type: 'conversation.item.delete', item_id: 'item_none' });
  await talk.next('error', 5);
  const codes = talk.all('error').map(({ error }) => (error as { code: string }).code);
  expect(codes).toEqual([
    'invalid_json',
    'invalid_value',
    'missing_required_parameter',
    'input_audio_buffer_commit_empty',
    'item_delete_invalid_item_id',
  ]);
  expect(errors).toHaveLength(5);
  send({ type: 'session.update', session: { type: 'realtime', instructions: '' } });
  expect(await talk.next('session.updated')).toMatchObject({
    session: { instructions: expect.stringMatching(/^Your knowledge cutoff/) as string },
  });
});

test('a client key opens the session that it was minted for, until it expires', async () => {
  const client = bed.client();
  const session = { type: 'realtime', model: 'gpt-realtime', instructions: 'Whisper.' } as const;
  const secret = await client.realtime.clientSecrets.create({ session });
  const { talk } = realtime(bed, { model: 'gpt-realtime', apiKey: secret.value });
  expect(await talk.next('session.created')).toMatchObject({ session: { instructions: 'Whisper.' } });
});

test('a transcription session only writes down', async () => {
  const { talk, send } = realtime(bed, { intent: 'transcription' });
  expect(await talk.next('session.created')).toMatchObject({
    session: { type: 'transcription', object: 'realtime.transcription_session' },
  });
  const input = { transcription: { model: 'gpt-realtime-whisper' }, turn_detection: null } as never;
  send({ type: 'session.update', session: { type: 'transcription', audio: { input } } });
  send({ type: 'input_audio_buffer.append', audio: tone(2800) });
  send({ type: 'input_audio_buffer.commit' });
  expect(await talk.next('conversation.item.input_audio_transcription.completed')).toMatchObject({
    usage: { type: 'duration', seconds: 3 },
  });
  send({ type: 'response.create' });
  await talk.next('error');
  expect(talk.types).not.toContain('response.created');
});

test.each([
  ['the header of the beta', { model: 'm', options: { headers: { 'OpenAI-Beta': 'realtime=v1' } } }, 4000],
  ['an unknown call', { callID: 'rtc_none' }, 4000],
])('%s opens, and is told why it is closed', async (_name, connect, code) => {
  const { talk, closed } = realtime(bed, connect);
  await talk.next('error');
  expect(await closed).toMatchObject({ code, reason: expect.stringMatching(/^invalid_request_error\./) as string });
  expect(talk.types).toEqual(['error']);
});

test('the journal has the connection with its frames and its end, and each answer with its tokens', async () => {
  const { rt, talk, send, closed } = realtime(bed);
  await talk.next('session.created');
  send(said('Count from 1 to 5'));
  send({ type: 'response.create' });
  await talk.next('response.done');
  rt.close();
  await closed;
  const [connection, answer] = await bed.mock.requests();
  expect(connection).toMatchObject({
    operation: 'realtime',
    status: 101,
    model: 'gpt-realtime',
    closed: { code: 1000, reason: 'OK', by: 'client' },
  });
  const fromClient = connection!.frames!.filter(({ from }) => from === 'client').map(({ event }) => event);
  expect(fromClient).toMatchObject([{ type: 'conversation.item.create' }, { type: 'response.create' }]);
  expect(answer).toMatchObject({
    operation: 'realtime.response',
    method: 'WS',
    model: 'gpt-realtime',
    body: { input: [{ role: 'user' }] },
    usage: { input: expect.any(Number) as number },
    aborted: false,
  });
});

test('the model that does not exist fails its responses, not its session', async () => {
  await bed.mock.answer({ match: { text: 'fail' }, reply: { text: 'unused' } });
  await bed.mock.fault({ match: { operation: 'realtime.response' }, fault: 'rate-limit', times: 1 });
  const { talk, send } = realtime(bed);
  await talk.next('session.created');
  send(said('Count from 1 to 5'));
  send({ type: 'response.create' });
  expect(await talk.next('response.done')).toMatchObject({
    response: { status: 'failed', output: [], status_details: { error: { code: 'rate_limit_exceeded' } } },
  });
  send({ type: 'response.create' });
  expect(await talk.next('response.done', 2)).toMatchObject({ response: { status: 'completed' } });
});

test('a translation session tells what was said in both languages, and closes when it has', async () => {
  const match = { operation: 'realtime.translation', text: 'where is my order' };
  await bed.mock.answer({ match, reply: { text: 'wo ist meine Bestellung' } });
  const speech = {
    model: 'gpt-4o-mini-tts',
    voice: 'alloy',
    input: 'where is my order',
    response_format: 'pcm',
  } as const;
  const sound = Buffer.from(await (await bed.client().audio.speech.create(speech)).arrayBuffer());
  const options = { ca: bed.mock.certificate };
  const ws = await OpenAIRealtimeTranslationWS.create(
    bed.client({ baseURL: bed.mock.baseURL.replace('http:', 'https:') }),
    { model: 'gpt-realtime-translate', options },
  );
  onTestFinished(() => ws.close());
  const talk = new Talk();
  ws.on('event', (event) => talk.push(event));
  await talk.next('session.created');
  const audio = { input: { transcription: { model: 'gpt-realtime-whisper' } }, output: { language: 'de' } } as never;
  ws.send({ type: 'session.update', session: { audio } });
  expect(await talk.next('session.updated')).toMatchObject({ session: { audio: { output: { language: 'de' } } } });
  ws.send({ type: 'session.input_audio_buffer.append', audio: sound.toString('base64') });
  await ws.finish({ timeoutMs: 5000 });
  expect(talk.types.at(-1)).toBe('session.closed');
  const words = (type: string): string =>
    talk
      .all(type)
      .map(({ delta }) => delta)
      .join('');
  expect(words('session.input_transcript.delta')).toBe('where is my order');
  expect(words('session.output_transcript.delta')).toBe('wo ist meine Bestellung');
  expect(talk.all('session.output_audio.delta')[0]).toMatchObject({ sample_rate: 24_000, format: 'pcm16' });
});
