import { asText } from '../../dialects/content.ts';
import type { Body } from '../../dialects/validate.ts';
import { isBody } from '../../dialects/validate.ts';
import type { ClientEvent } from './client-events.ts';
import type { Detection } from './input-buffer.ts';
import { missing, refusal } from './refusal.ts';
import type { RealtimeSession } from './session.ts';

const LEAST_MS = 100;
const PADDING_MS = 300;
const SILENCE_MS = 500;
const MOST_BYTES = 15 * 1024 * 1024;
const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}\s*$/;

const numberOf = (value: unknown, otherwise: number): number => (typeof value === 'number' ? value : otherwise);

/** How the session tells speech from silence; `semantic_vad` is answered as if every pause ended a sentence. */
function detectionOf(session: RealtimeSession): Detection | undefined {
  const detection = session.input['turn_detection'];
  if (!isBody(detection)) return undefined;
  return {
    threshold: numberOf(detection['threshold'], 0.5),
    paddingMs: numberOf(detection['prefix_padding_ms'], PADDING_MS),
    silenceMs: numberOf(detection['silence_duration_ms'], SILENCE_MS),
  };
}

function flag(session: RealtimeSession, name: string): boolean {
  const detection: Body = isBody(session.input['turn_detection']) ? session.input['turn_detection'] : {};
  return detection[name] !== false && !session.transcribes;
}

const append: ClientEvent = (session, event) => {
  const { audio } = event;
  if (audio === undefined) return missing('audio');
  if (typeof audio !== 'string' || !BASE64.test(audio)) {
    return refusal("Invalid 'audio'. Expected base64-encoded audio bytes.", 'invalid_value', 'audio');
  }
  const sound = Buffer.from(audio, 'base64');
  if (sound.length > MOST_BYTES) {
    return refusal(`Invalid 'audio'. Expected at most ${MOST_BYTES} bytes.`, 'string_above_max_length', 'audio');
  }
  for (const heard of session.buffer.append(sound, detectionOf(session))) {
    if (heard.kind === 'started') {
      session.itemId = session.events.id('item');
      const fields = { audio_start_ms: Math.round(heard.atMs), item_id: session.itemId };
      session.send('input_audio_buffer.speech_started', fields);
      if (flag(session, 'interrupt_response')) session.responder.cut('turn_detected');
    } else {
      const fields = { audio_end_ms: Math.round(heard.atMs), item_id: session.itemId };
      session.send('input_audio_buffer.speech_stopped', fields);
      session.commit(heard.sound, flag(session, 'create_response'));
    }
  }
  session.watchIdle();
  return undefined;
};

const commit: ClientEvent = (session) => {
  const { ms } = session.buffer;
  if (ms < LEAST_MS) {
    return refusal(
      `Error committing input audio buffer: buffer too small. Expected at least ${LEAST_MS}ms of audio, but buffer only has ${ms.toFixed(2)}ms of audio.`,
      'input_audio_buffer_commit_empty',
    );
  }
  session.commit(session.buffer.take(), false);
  return undefined;
};

const clear: ClientEvent = (session) => {
  session.buffer.take();
  session.itemId = undefined;
  session.send('input_audio_buffer.cleared', {});
  return undefined;
};

const stopPlayback: ClientEvent = (session) => {
  const responseId = session.responder.lastId;
  session.responder.cut('client_cancelled');
  session.send('output_audio_buffer.cleared', { response_id: asText(responseId) || null });
  return undefined;
};

export const BUFFER_EVENTS: Readonly<Record<string, ClientEvent>> = {
  'input_audio_buffer.append': append,
  'input_audio_buffer.commit': commit,
  'input_audio_buffer.clear': clear,
  'output_audio_buffer.clear': stopPlayback,
};
