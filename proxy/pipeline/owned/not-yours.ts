import { ProxyError } from '../../core/errors.ts';
import type { ProtocolFamily } from '../../protocols/types.ts';

/** The sentences in which OpenAI's API says that there is no such thing, by the first segment of the path. */
const OPENAI: Readonly<Record<string, (id: string) => string>> = {
  files: (id) => `No such File object: ${id}`,
  batches: (id) => `No batch found with id '${id}'.`,
  vector_stores: (id) => `Vector store with id '${id}' not found.`,
  assistants: (id) => `No assistant found with id '${id}'.`,
  threads: (id) => `No thread found with id '${id}'.`,
  fine_tuning: (id) => `Could not find fine tune: ${id}`,
  uploads: (id) => `No upload found with id '${id}'.`,
  containers: (id) => `Container with id '${id}' not found.`,
  chat: (id) => `No chat completion found with id '${id}'.`,
  videos: (id) => `Video with id '${id}' not found.`,
};

/** What a caller hears of a thing that is another's, or that nothing is known of: the two cannot be told apart. */
export function objectNotFound(family: ProtocolFamily, collection: string, id: string): ProxyError {
  if (collection === 'conversations') return conversationNotFound(id);
  if (collection === 'responses') return responseNotFound(id);
  return new ProxyError('object_not_found', sentence(family, collection, id), { param: 'id' });
}

/** The same of an id that stands in the body of a request. */
export function referenceNotFound(family: ProtocolFamily, id: string): ProxyError {
  return new ProxyError('object_not_found', sentence(family, 'files', id));
}

export function responseNotFound(id: string): ProxyError {
  return new ProxyError('response_not_found', `Response with id '${id}' not found.`);
}

export function conversationNotFound(id: string): ProxyError {
  return new ProxyError('conversation_not_found', `Conversation with id '${id}' not found.`);
}

export function previousResponseNotFound(id: string): ProxyError {
  return new ProxyError('previous_response_not_found', `Previous response with id '${id}' not found.`, {
    param: 'previous_response_id',
  });
}

function sentence(family: ProtocolFamily, collection: string, id: string): string {
  if (family === 'gemini') {
    return collection === 'files'
      ? `You do not have permission to access the File ${id} or it may not exist.`
      : 'Requested entity was not found.';
  }
  if (family === 'anthropic') return collection === 'files' ? `File not found: ${id}` : `Not found: ${id}`;
  return OPENAI[collection]?.(id) ?? `No object found with id '${id}'.`;
}
