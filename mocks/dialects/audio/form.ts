import { asText } from '../content.ts';
import { badRequest, missingField } from '../errors.ts';
import { typedForm } from '../form.ts';
import type { DialectContext, DialectRequest, JsonReply } from '../reply.ts';
import { UploadedFile } from '../uploaded-file.ts';
import type { Body, FieldRule } from '../validate.ts';
import { checkedBody, refusedField } from '../validate.ts';

const EXTENSIONS = ['flac', 'm4a', 'mp3', 'mp4', 'mpeg', 'mpga', 'oga', 'ogg', 'wav', 'webm', 'opus', 'aac'];
const LISTED_EXTENSIONS = "['flac', 'm4a', 'mp3', 'mp4', 'mpeg', 'mpga', 'oga', 'ogg', 'wav', 'webm']";
const RULES: readonly FieldRule[] = [
  { name: 'temperature', expected: 'a decimal', least: 0, most: 1 },
  { name: 'stream', expected: 'a boolean' },
  { name: 'language', expected: 'a string' },
  { name: 'prompt', expected: 'a string' },
];

/** A request to write down what a file says, checked. */
export interface AudioForm {
  readonly body: Body;
  readonly model: string;
  readonly file: UploadedFile;
  readonly format: string;
}

/** Formats that a model can answer in. */
export function formatsOf(model: string, translation: boolean): readonly string[] {
  if (translation || model.startsWith('whisper')) return ['json', 'text', 'srt', 'verbose_json', 'vtt'];
  return model.includes('diarize') ? ['json', 'text', 'diarized_json'] : ['json', 'text'];
}

function refusedFile(file: UploadedFile, context: DialectContext): JsonReply | undefined {
  const extension = file.filename.split('.').at(-1)?.toLowerCase() ?? '';
  if (!EXTENSIONS.includes(extension)) {
    return badRequest(context, `Invalid file format. Supported formats: ${LISTED_EXTENSIONS}`);
  }
  if (file.bytes.length > 0) return undefined;
  const message = 'Audio file is too short. Minimum audio length is 0.1 seconds.';
  return badRequest(context, message, 'file', 'audio_too_short');
}

/** The form of a transcription or a translation, or the provider's error. */
export function audioForm(
  request: DialectRequest,
  translation: boolean,
  context: DialectContext,
): AudioForm | { readonly refused: JsonReply } {
  const checked = checkedBody(request.body, context, 'chat', ['file']);
  if ('refused' in checked) return checked;
  const { model } = checked;
  const body = typedForm(checked.body, [], ['temperature'], ['stream']);
  const { file } = body;
  if (!(file instanceof UploadedFile)) return { refused: missingField(context, 'file') };
  const refused = refusedField(body, RULES, context) ?? refusedFile(file, context);
  if (refused) return { refused };
  const format = asText(body['response_format']) || 'json';
  const formats = formatsOf(model, translation);
  if (formats.includes(format)) return { body, model, file, format };
  const known = formats.map((one) => `'${one}'`).join(' or ');
  const message = `response_format '${format}' is not compatible with model '${model}'. Use ${known} instead.`;
  return { refused: badRequest(context, message, 'response_format', 'unsupported_value') };
}
