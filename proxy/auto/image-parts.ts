import { isJsonObject, type Json, type JsonObject } from '../core/json.ts';
import { imageUrl } from './image-type.ts';
import { geminiImage, member, SHAPES, type RequestFamily } from './shapes.ts';

/** Numbers from 0: among the images of the request, and among those of its list of parts. */
interface ImagePlace {
  readonly at: number;
  readonly atInList: number;
}

/** What takes the place of an image part; the part itself changes nothing, undefined takes it out. */
type Replace = (part: JsonObject, place: ImagePlace) => JsonObject | undefined;

/** The body with each image part replaced, those in results of tools included; the same object where none changes. */
export function replaceImages(family: RequestFamily, body: JsonObject, replace: Replace): JsonObject {
  const { list, content, nested, isImage } = SHAPES[family];
  let at = 0;
  const inMember = (object: JsonObject, name: string): JsonObject => {
    const value = object[name];
    if (!Array.isArray(value)) return object;
    let atInList = 0;
    const replaced = value.map((part): Json | undefined => {
      if (!isJsonObject(part)) return part;
      if (!isImage(part)) return nested === undefined ? part : inMember(part, nested);
      const place = { at, atInList };
      at += 1;
      atInList += 1;
      return replace(part, place);
    });
    if (replaced.every((part, index) => part === value[index])) return object;
    return { ...object, [name]: replaced.filter((part) => part !== undefined) };
  };
  const inMessage = (message: Json): Json => {
    if (!isJsonObject(message)) return message;
    const changed = inMember(message, content);
    return nested === undefined || nested === content ? changed : inMember(changed, nested);
  };
  const messages = body[list];
  const all = Array.isArray(messages) ? messages : [messages ?? null];
  const replaced = all.map(inMessage);
  if (replaced.every((message, index) => message === all[index])) return body;
  return { ...body, [list]: Array.isArray(messages) ? replaced : (replaced[0] ?? null) };
}

/** The body with bare base64 of images as `data:` URLs; the same object where every image has an address. */
export function normaliseImages(family: RequestFamily, body: JsonObject): JsonObject {
  return replaceImages(family, body, (part) => {
    // The other families say the type beside the data.
    const { image_url: image } = part;
    if (typeof image === 'string') return withUrl(part, image, (url) => url);
    if (!isJsonObject(image) || typeof image['url'] !== 'string') return part;
    return withUrl(part, image['url'], (url) => ({ ...image, url }));
  });
}

function withUrl(part: JsonObject, given: string, write: (url: string) => Json): JsonObject {
  const url = imageUrl(given);
  return url === given ? part : { ...part, image_url: write(url) };
}

/** An image part as chat completions write it; undefined for an image that only its provider can read (a file id). */
export function chatImage(family: RequestFamily, part: JsonObject): JsonObject | undefined {
  const { url, detail } = SOURCES[family](part);
  if (typeof url !== 'string' || url === '') return undefined;
  return { type: 'image_url', image_url: { url: imageUrl(url), ...(typeof detail === 'string' ? { detail } : {}) } };
}

interface Source {
  readonly url: Json | undefined;
  readonly detail?: Json | undefined;
}

const SOURCES: Readonly<Record<RequestFamily, (part: JsonObject) => Source>> = {
  chat: ({ image_url: image }) =>
    isJsonObject(image) ? { url: image['url'], detail: image['detail'] } : { url: image },
  responses: ({ image_url: image, detail }) => ({ url: image, detail }),
  messages: ({ source }) => {
    if (!isJsonObject(source)) return { url: undefined };
    const { type, url, data, media_type: mediaType } = source;
    if (type === 'url') return { url };
    return { url: type === 'base64' ? dataUrl(mediaType, data) : undefined };
  },
  gemini: (part) => {
    const data = geminiImage(part) ?? {};
    const { data: base64 } = data;
    return {
      url: base64 === undefined ? webAddress(member(data, 'fileUri')) : dataUrl(member(data, 'mimeType'), base64),
    };
  },
};

function dataUrl(mediaType: Json | undefined, base64: Json | undefined): string | undefined {
  if (typeof base64 !== 'string') return undefined;
  return typeof mediaType === 'string' ? `data:${mediaType};base64,${base64}` : imageUrl(base64);
}

/** Files that Gemini keeps have an address that needs its key. */
function webAddress(uri: Json | undefined): string | undefined {
  const isOwn = typeof uri !== 'string' || /^https:\/\/generativelanguage\.googleapis\.com\//i.test(uri);
  return !isOwn && /^https?:/i.test(uri) ? uri : undefined;
}
