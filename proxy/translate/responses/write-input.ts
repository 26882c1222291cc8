import type { Json, JsonObject } from '../../core/json.ts';
import type {
  CallPart,
  Conversation,
  MediaPart,
  Part,
  ReasoningPart,
  RefusalPart,
  ResultPart,
  Seal,
  TextPart,
  Turn,
} from '../conversation.ts';
import { defined, textOf } from '../fields.ts';
import type { Losses } from '../losses.ts';
import { documentName, mediaUrl } from '../media.ts';
import type { RequestTarget } from '../types.ts';

export interface InputContext {
  readonly conversation: Conversation;
  readonly target: RequestTarget;
  readonly losses: Losses;
}

/** Writes turns as items of `input`. */
export function writeInput(turns: readonly Turn[], context: InputContext): JsonObject[] {
  return turns.flatMap((turn) => {
    if (turn.name !== undefined) context.losses.dropNamed('name');
    return turn.role === 'assistant' ? writeAssistant(turn, context) : writeMessage(turn, context);
  });
}

function writeMessage({ role, parts }: Turn, context: InputContext): JsonObject[] {
  const results = parts.filter((part) => part.kind === 'result');
  const content = contentOf(parts, context);
  const written = results.map((result) => writeResult(result, context));
  if (content === undefined && parts.length > 0) return written;
  return [...written, { type: 'message', role, content: content ?? '' }];
}

/** A string for one text, else parts; undefined for nothing. */
function contentOf(parts: readonly Part[], context: InputContext): Json | undefined {
  const written = parts.flatMap((part) => writePart(part, context));
  const [first] = written;
  if (first === undefined) return undefined;
  return written.length === 1 && first['type'] === 'input_text' ? (first['text'] ?? '') : written;
}

function writePart(part: Part, context: InputContext): JsonObject[] {
  switch (part.kind) {
    case 'text':
      return [{ type: 'input_text', text: part.text }];
    case 'refusal':
      return [{ type: 'input_text', text: part.text }];
    case 'image':
    case 'document':
    case 'audio':
      return [writeMedia(part, context)];
    case 'foreign':
      return writeForeign(part.family, part.value, context);
    default:
      return [];
  }
}

function writeForeign(family: string, value: JsonObject, { losses }: InputContext): JsonObject[] {
  if (family === 'responses') return [value];
  losses.dropNamed(textOf(value['type']) ?? 'content');
  return [];
}

function writeMedia(part: MediaPart, { conversation, losses }: InputContext): JsonObject {
  const { source, detail } = part;
  const isOwn = conversation.family === 'chat' || conversation.family === 'responses';
  if (source.kind === 'file' && !isOwn) {
    throw losses.refuseNamed('file_id', 'A file that another provider keeps cannot be shown to this endpoint.');
  }
  if (part.kind === 'audio') throw losses.refuseNamed('input_audio', 'The Responses API takes no sound.');
  const id = source.kind === 'file' ? source.id : undefined;
  if (part.kind === 'image') return defined({ type: 'input_image', image_url: mediaUrl(source), file_id: id, detail });
  if (source.kind === 'data') {
    if (source.mediaType.startsWith('text/') && !isOwn) return inlineText(part, source.base64);
    return { type: 'input_file', filename: documentName(part), file_data: mediaUrl(source) ?? '' };
  }
  return defined({
    type: 'input_file',
    filename: part.name,
    file_url: source.kind === 'url' ? source.url : undefined,
    file_id: id,
  });
}

/** A plain text that a client of another family sends as a document. */
function inlineText({ name }: MediaPart, base64: string): JsonObject {
  const text = Buffer.from(base64, 'base64').toString();
  return { type: 'input_text', text: name === undefined ? text : `${name}\n\n${text}` };
}

function writeResult(result: ResultPart, context: InputContext): JsonObject {
  const output = contentOf(result.parts, context) ?? '';
  return {
    type: result.custom === true ? 'custom_tool_call_output' : 'function_call_output',
    call_id: result.callId,
    output: result.isError === true ? asError(output) : output,
  };
}

function asError(output: Json): Json {
  if (typeof output !== 'string')
    return [{ type: 'input_text', text: 'Error:' }, ...(Array.isArray(output) ? output : [])];
  return /^error\b/i.test(output) ? output : `Error: ${output}`;
}

function writeAssistant({ parts }: Turn, context: InputContext): JsonObject[] {
  const items: JsonObject[] = [];
  let said: (TextPart | RefusalPart)[] = [];
  const flush = (): void => {
    if (said.length > 0) items.push({ type: 'message', role: 'assistant', content: said.map(writeSaid) });
    said = [];
  };
  for (const part of parts) {
    if (part.kind === 'text' || part.kind === 'refusal') {
      said.push(part);
      if (part.kind === 'text' && part.seal !== undefined) context.losses.dropNamed('reasoning');
      continue;
    }
    flush();
    items.push(...writeItem(part, context));
  }
  flush();
  if (parts.length === 0) items.push({ type: 'message', role: 'assistant', content: '' });
  return items;
}

function writeSaid(part: TextPart | RefusalPart): JsonObject {
  return part.kind === 'text' ? { type: 'output_text', text: part.text } : { type: 'refusal', refusal: part.text };
}

function writeItem(part: Part, context: InputContext): JsonObject[] {
  if (part.kind === 'reasoning') return writeThought(part, context);
  if (part.kind === 'call') return [writeCall(part, context)];
  return part.kind === 'foreign' ? writeForeign(part.family, part.value, context) : [];
}

function writeCall({ id, name, input, custom, seal }: CallPart, context: InputContext): JsonObject {
  // The endpoint has no place for the signature of a call.
  if (seal !== undefined) context.losses.dropNamed('reasoning');
  if (custom === true) return { type: 'custom_tool_call', call_id: id, name, input };
  return { type: 'function_call', call_id: id, name, arguments: input === '' ? '{}' : input };
}

/** Reasoning goes back to who encrypted it, and to no other. */
function writeThought({ text, seal }: ReasoningPart, context: InputContext): JsonObject[] {
  const isOwn = context.conversation.family === 'responses';
  const returned = seal === undefined ? isOwn : isAccepted(seal, context);
  if (!returned) {
    context.losses.dropNamed('reasoning');
    return [];
  }
  const summary = text === '' ? [] : [{ type: 'summary_text', text }];
  return [defined({ type: 'reasoning', id: seal?.id, summary, encrypted_content: seal?.value })];
}

function isAccepted(seal: Seal, { target }: InputContext): boolean {
  return seal.family === 'responses' && seal.value !== '' && target.acceptsSeal(seal);
}
