import { asText, objectsIn } from '../content.ts';
import type { Random } from '../reply.ts';
import type { Body } from '../validate.ts';
import { isBody } from '../validate.ts';

const MODEL = 'gpt-realtime';
const PCM = { type: 'audio/pcm', rate: 24_000 };
const SERVER_VAD = { type: 'server_vad', threshold: 0.5, prefix_padding_ms: 300, silence_duration_ms: 200 };

export function sessionId(random: Random): string {
  return `sess_${random.alnum(21)}`;
}

function part(value: unknown): Body {
  return isBody(value) ? value : {};
}

function audioInput(input: Body, turnDetection: Body): Body {
  return {
    format: input['format'] ?? PCM,
    transcription: input['transcription'] ?? null,
    noise_reduction: input['noise_reduction'] ?? null,
    turn_detection: input['turn_detection'] === undefined ? turnDetection : input['turn_detection'],
  };
}

/** Fields that the specification allows no null are left out when they are not set. */
function withoutNulls(fields: Body): Body {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined));
}

/** A session of speech with a model, with the provider's defaults for what the request leaves open. */
export function realtimeSession(asked: Body, id: string, expiresAt: number): Body {
  const audio = part(asked['audio']);
  const output = part(audio['output']);
  const detection = { ...SERVER_VAD, idle_timeout_ms: null, create_response: true, interrupt_response: true };
  const voice = isBody(output['voice']) ? asText(output['voice']['id']) : output['voice'];
  return {
    type: 'realtime',
    object: 'realtime.session',
    id,
    model: asked['model'] ?? MODEL,
    output_modalities: asked['output_modalities'] ?? ['audio'],
    instructions: asked['instructions'] ?? '',
    tools: objectsIn(asked['tools']),
    tool_choice: asked['tool_choice'] ?? 'auto',
    max_output_tokens: asked['max_output_tokens'] ?? 'inf',
    tracing: asked['tracing'] ?? null,
    truncation: asked['truncation'] ?? 'auto',
    ...withoutNulls({ prompt: asked['prompt'], include: asked['include'], reasoning: asked['reasoning'] }),
    expires_at: expiresAt,
    audio: {
      input: withoutNulls(audioInput(part(audio['input']), detection)),
      output: { format: output['format'] ?? PCM, voice: voice ?? 'alloy', speed: output['speed'] ?? 1 },
    },
  };
}

/** A session that only writes down what is said. */
export function transcriptionSession(asked: Body, id: string, expiresAt: number): Body {
  const input = part(part(asked['audio'])['input']);
  return {
    type: 'transcription',
    object: 'realtime.transcription_session',
    id,
    expires_at: expiresAt,
    ...withoutNulls({ include: asked['include'] }),
    audio: { input: withoutNulls(audioInput(input, SERVER_VAD)) },
  };
}

/** A session that translates speech into speech. */
export function translationSession(asked: Body, id: string, expiresAt: number): Body {
  const audio = part(asked['audio']);
  const input = part(audio['input']);
  return {
    id,
    type: 'translation',
    expires_at: expiresAt,
    model: asked['model'] ?? 'gpt-realtime-translate',
    audio: {
      input: { transcription: input['transcription'] ?? null, noise_reduction: input['noise_reduction'] ?? null },
      output: { language: part(audio['output'])['language'] ?? 'en' },
    },
  };
}

/** The older form of a session, with its key in it. */
export function betaSession(asked: Body, id: string, expiresAt: number, secret: Body): Body {
  return {
    id,
    object: 'realtime.session',
    expires_at: expiresAt,
    model: asked['model'] ?? MODEL,
    modalities: asked['modalities'] ?? ['audio', 'text'],
    instructions: asked['instructions'] ?? '',
    voice: asked['voice'] ?? 'alloy',
    input_audio_format: asked['input_audio_format'] ?? 'pcm16',
    output_audio_format: asked['output_audio_format'] ?? 'pcm16',
    input_audio_transcription: asked['input_audio_transcription'] ?? null,
    turn_detection: asked['turn_detection'] ?? SERVER_VAD,
    tools: objectsIn(asked['tools']),
    tool_choice: asked['tool_choice'] ?? 'auto',
    temperature: asked['temperature'] ?? 0.8,
    max_response_output_tokens: asked['max_response_output_tokens'] ?? 'inf',
    client_secret: secret,
  };
}

/** The older form of a session that only writes down what is said. */
export function betaTranscriptionSession(asked: Body, id: string, expiresAt: number, secret: Body): Body {
  return {
    id,
    object: 'realtime.transcription_session',
    expires_at: expiresAt,
    modalities: ['audio', 'text'],
    turn_detection: asked['turn_detection'] ?? SERVER_VAD,
    input_audio_format: asked['input_audio_format'] ?? 'pcm16',
    input_audio_transcription: asked['input_audio_transcription'] ?? { model: 'gpt-4o-transcribe' },
    client_secret: secret,
  };
}
