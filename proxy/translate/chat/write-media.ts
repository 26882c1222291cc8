import type { JsonObject } from '../../core/json.ts';
import type { Conversation, MediaPart } from '../conversation.ts';
import { defined } from '../fields.ts';
import type { Losses } from '../losses.ts';
import { audioFormat, documentName, mediaUrl } from '../media.ts';

interface MediaContext {
  readonly conversation: Conversation;
  readonly losses: Losses;
}

/** A content part of a user's message. Throws ProxyError for what chat completions cannot take. */
export function writeMedia(part: MediaPart, context: MediaContext): JsonObject {
  switch (part.kind) {
    case 'image':
      return image(part, context);
    case 'audio':
      return audio(part, context);
    default:
      return file(part, context);
  }
}

function image({ source, detail }: MediaPart, { losses }: MediaContext): JsonObject {
  const url = mediaUrl(source);
  if (url === undefined)
    throw losses.refuseNamed('file_id', 'An image that another provider keeps cannot be shown to this endpoint.');
  return { type: 'image_url', image_url: defined({ url, detail }) };
}

function audio({ source }: MediaPart, { losses }: MediaContext): JsonObject {
  if (source.kind !== 'data') {
    throw losses.refuseNamed('input_audio', 'Chat completions take sound as data only, not by its address.');
  }
  return { type: 'input_audio', input_audio: { data: source.base64, format: audioFormat(source.mediaType) } };
}

function file(part: MediaPart, { conversation, losses }: MediaContext): JsonObject {
  const { source, name } = part;
  if (source.kind === 'file') {
    const sameProvider = conversation.family === 'chat' || conversation.family === 'responses';
    if (!sameProvider)
      throw losses.refuseNamed('file_id', 'A file that another provider keeps cannot be shown to this endpoint.');
    return { type: 'file', file: defined({ file_id: source.id, filename: name }) };
  }
  if (source.kind === 'url') {
    throw losses.refuseNamed('file_url', 'Chat completions take documents as data only, not by their address.');
  }
  // Only PDF is a file here: what is text is told as text.
  if (source.mediaType.startsWith('text/') && conversation.family !== 'chat') {
    return {
      type: 'text',
      text: `${name === undefined ? '' : `${name}\n\n`}${Buffer.from(source.base64, 'base64').toString()}`,
    };
  }
  return { type: 'file', file: { filename: documentName(part), file_data: mediaUrl(source) ?? '' } };
}
