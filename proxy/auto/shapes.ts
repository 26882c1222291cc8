import { isJsonObject, type Json, type JsonObject } from '../core/json.ts';

/** Whose form a request body has; `auto` is a model of these alone. */
export type RequestFamily = 'chat' | 'responses' | 'messages' | 'gemini';

/** Where a family writes what its conversations are made of. */
export interface RequestShape {
  /** Member with the list of messages. */
  readonly list: string;
  /** Member of a message with its parts, or with text alone. */
  readonly content: string;
  /** A message of the user that is more than results of tools. */
  readonly isUser: (message: JsonObject) => boolean;
  /** Text that was written to be read, no thought. */
  readonly isText: (part: JsonObject) => boolean;
  readonly isImage: (part: JsonObject) => boolean;
  /** Member of a message or part that holds further parts: what a tool gave back. */
  readonly nested: string | undefined;
  readonly textPart: (text: string) => JsonObject;
}

export const SHAPES: Readonly<Record<RequestFamily, RequestShape>> = {
  chat: {
    list: 'messages',
    content: 'content',
    isUser: ({ role }) => role === 'user',
    isText: ({ type, text }) => type === 'text' && typeof text === 'string',
    isImage: ({ type }) => type === 'image_url',
    nested: undefined,
    textPart: (text) => ({ type: 'text', text }),
  },
  responses: {
    list: 'input',
    content: 'content',
    isUser: ({ role, type }) => role === 'user' && (type === undefined || type === 'message'),
    isText: ({ type, text }) => type === 'input_text' && typeof text === 'string',
    isImage: ({ type }) => type === 'input_image',
    nested: 'output',
    textPart: (text) => ({ type: 'input_text', text }),
  },
  messages: {
    list: 'messages',
    content: 'content',
    isUser: ({ role, content }) => role === 'user' && !areAll(content, ({ type }) => type === 'tool_result'),
    isText: ({ type, text }) => type === 'text' && typeof text === 'string',
    isImage: ({ type }) => type === 'image',
    nested: 'content',
    textPart: (text) => ({ type: 'text', text }),
  },
  gemini: {
    list: 'contents',
    content: 'parts',
    isUser: ({ role, parts }) =>
      (role === undefined || role === 'user') &&
      !areAll(parts, (part) => member(part, 'functionResponse') !== undefined),
    isText: ({ text, thought }) => typeof text === 'string' && thought !== true,
    isImage: (part) => geminiImage(part) !== undefined,
    nested: undefined,
    textPart: (text) => ({ text }),
  },
};

/** The messages of a body, as they stand there. Gemini takes one content without its list. */
export function messagesOf(family: RequestFamily, body: JsonObject): readonly JsonObject[] {
  const value = body[SHAPES[family].list];
  if (family === 'gemini' && isJsonObject(value)) return [value];
  return objectsIn(value);
}

/** The last message of the user; undefined where there is none. */
export function lastUserMessage(family: RequestFamily, body: JsonObject): JsonObject | undefined {
  return messagesOf(family, body).findLast((message) => SHAPES[family].isUser(message));
}

/** The objects of a list; none for anything else. */
export function objectsIn(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter((one) => isJsonObject(one)) : [];
}

/** A member that Gemini takes in camel case and in snake case. */
export function member(object: JsonObject, camelName: string): Json | undefined {
  return (
    object[camelName] ?? object[camelName.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)] ?? undefined
  );
}

/** `inlineData` or `fileData` of an image. */
export function geminiImage(part: JsonObject): JsonObject | undefined {
  for (const name of ['inlineData', 'fileData']) {
    const data = member(part, name);
    if (!isJsonObject(data)) continue;
    const type = member(data, 'mimeType');
    if (typeof type === 'string' && /^image\//i.test(type)) return data;
  }
  return undefined;
}

function areAll(parts: Json | undefined, is: (part: JsonObject) => boolean): boolean {
  const objects = objectsIn(parts);
  return objects.length > 0 && objects.every(is);
}
