import { asText, objectsIn } from '../../dialects/content.ts';
import type { Body } from '../../dialects/validate.ts';
import { isBody } from '../../dialects/validate.ts';
import type { Refusal } from './refusal.ts';
import { missing, refusal, unknownParameter } from './refusal.ts';

const REALTIME_FIELDS = [
  'type',
  'object',
  'id',
  'expires_at',
  'model',
  'output_modalities',
  'instructions',
  'tools',
  'tool_choice',
  'max_output_tokens',
  'tracing',
  'truncation',
  'prompt',
  'include',
  'reasoning',
  'audio',
  'parallel_tool_calls',
];
const TRANSCRIPTION_FIELDS = ['type', 'object', 'id', 'expires_at', 'include', 'audio'];
const INPUT_FIELDS = ['format', 'transcription', 'noise_reduction', 'turn_detection'];
const OUTPUT_FIELDS = ['format', 'voice', 'speed'];
const FUNCTION_FIELDS = ['type', 'name', 'description', 'parameters'];

function stranger(value: unknown, known: readonly string[]): string | undefined {
  return isBody(value) ? Object.keys(value).find((name) => !known.includes(name)) : undefined;
}

/** The first field of a session that the provider does not know. */
function unknownField(session: Body): string | undefined {
  const audio = isBody(session['audio']) ? session['audio'] : {};
  const top = session['type'] === 'transcription' ? TRANSCRIPTION_FIELDS : REALTIME_FIELDS;
  const places: readonly (readonly [string, unknown, readonly string[]])[] = [
    ['session', session, top],
    ['session.audio', audio, ['input', 'output']],
    ['session.audio.input', audio['input'], INPUT_FIELDS],
    ['session.audio.output', audio['output'], OUTPUT_FIELDS],
    ...objectsIn(session['tools']).map((tool, at) => {
      const known = tool['type'] === 'function' ? FUNCTION_FIELDS : Object.keys(tool);
      return [`session.tools[${at}]`, tool, known] as const;
    }),
  ];
  for (const [path, value, known] of places) {
    const name = stranger(value, known);
    if (name !== undefined) return `${path}.${name}`;
  }
  return undefined;
}

/** Why a session cannot be updated; `spoken`: the model has already said something. */
export function refusedUpdate(
  asked: unknown,
  { session, spoken, strict }: { readonly session: Body; readonly spoken: boolean; readonly strict: boolean },
): Refusal | undefined {
  if (!isBody(asked)) return missing('session');
  if (asText(asked['type']) === '') return missing('session.type');
  if (asked['type'] !== session['type']) {
    return refusal(
      `Passing a ${asText(asked['type'])} session update event to a ${asText(session['type'])} session is not allowed.`,
      'invalid_parameter',
      'session.type',
    );
  }
  const { audio } = asked;
  const output = isBody(audio) && isBody(audio['output']) ? audio['output'] : {};
  const known = (session['audio'] as { readonly output?: Body }).output?.['voice'];
  if (spoken && output['voice'] !== undefined && output['voice'] !== known) {
    return refusal("Cannot update a conversation's voice if assistant audio is present.", 'cannot_update_voice');
  }
  const unknown = strict ? unknownField(asked) : undefined;
  return unknown === undefined ? undefined : unknownParameter(unknown);
}
