import { answerBytes, answerJson } from '../answer.ts';
import { successHeaders } from '../headers.ts';
import { json } from '../json.ts';
import { unixSeconds } from '../stored-object.ts';
import type { DialectContext, DialectRequest, Operation, Reply, StreamEvent } from '../reply.ts';
import type { Body } from '../validate.ts';
import { IMAGE_FILES } from './files.ts';
import type { ImageOperation, ImageOptions } from './options.ts';
import { imageOptions } from './options.ts';
import { imageUsage } from './usage.ts';

/** Where pictures that are given by address are kept: the path of their addresses. */
const PICTURES = '/private/images';
/** An address is good for an hour. */
const GOOD_MS = 3_600_000;

function fileOf({ width, height, format, background }: ImageOptions, text: string): Buffer {
  return IMAGE_FILES[format]({ text, width, height, transparent: background === 'transparent' });
}

function addressOf(content: Buffer, request: DialectRequest, context: DialectContext): string {
  const id = `img-${context.random.alnum(24)}.png`;
  context.objects.put(PICTURES, { id, body: { id }, hidden: { until: context.now() + GOOD_MS }, content });
  return `http://${request.headers['host'] ?? '127.0.0.1'}${PICTURES}/${id}`;
}

function shownImage(options: ImageOptions, at: number, request: DialectRequest, context: DialectContext): Body {
  const file = fileOf(options, at === 0 ? options.prompt : `${options.prompt} ${at}`);
  const revised = options.model === 'dall-e-3' ? { revised_prompt: options.prompt } : {};
  return options.byUrl
    ? { ...revised, url: addressOf(file, request, context) }
    : { ...revised, b64_json: file.toString('base64') };
}

const SHOWN_SIZES = new Set(['1024x1024', '1024x1536', '1536x1024']);

/** The specification knows the standard sizes only; any other is told as `auto`. */
function looks({ width, height, quality, background, format }: ImageOptions): Body {
  const size = `${width}x${height}`;
  return { size: SHOWN_SIZES.has(size) ? size : 'auto', quality, background, output_format: format };
}

function whole(options: ImageOptions, request: DialectRequest, context: DialectContext): Reply {
  const data = Array.from({ length: options.count }, (_, at) => shownImage(options, at, request, context));
  const created = unixSeconds(context);
  if (!options.modern) return answerJson(context, { created, data });
  const { size, quality, background, output_format } = looks(options);
  const usage = imageUsage(options, 0, context);
  const shown = size === 'auto' ? {} : { size };
  const body = { created, background, data, output_format, quality, ...shown, usage: usage.body };
  return { ...answerJson(context, body), billed: { input: usage.input, output: usage.output } };
}

function event(type: string, fields: Body, kind: StreamEvent['kind']): StreamEvent {
  return { bytes: `event: ${type}\ndata: ${json({ type, ...fields })}\n\n`, kind, tokens: kind === 'content' ? 1 : 0 };
}

function streamed(options: ImageOptions, name: string, context: DialectContext): Reply {
  const created_at = unixSeconds(context);
  const partials = Array.from({ length: options.partials }, (_, at) => {
    const b64_json = fileOf(options, `${options.prompt}, partial ${at}`).toString('base64');
    const fields = { b64_json, created_at, ...looks(options), partial_image_index: at };
    return event(`${name}.partial_image`, fields, 'content');
  });
  const usage = imageUsage(options, options.partials, context);
  const b64_json = fileOf(options, options.prompt).toString('base64');
  const { output_tokens_details: _details, ...billed } = usage.body;
  const last = event(`${name}.completed`, { b64_json, created_at, ...looks(options), usage: billed }, 'content');
  const headers = successHeaders(context, 'text/event-stream; charset=utf-8');
  const { input, output } = usage;
  return { kind: 'stream', status: 200, headers, events: [...partials, last], billed: { input, output } };
}

function making(operation: ImageOperation): Operation['handle'] {
  return (request, context) => {
    const options = imageOptions(request, operation, context);
    if ('refused' in options) return options.refused;
    const name = operation === 'edit' ? 'image_edit' : 'image_generation';
    return options.stream ? streamed(options, name, context) : whole(options, request, context);
  };
}

const EXPIRED =
  '<?xml version="1.0" encoding="utf-8"?><Error><Code>AuthenticationFailed</Code><Message>Signature not valid in the specified time frame</Message></Error>';

function download(request: DialectRequest, context: DialectContext): Reply {
  const picture = context.objects.get(PICTURES, request.params['name'] ?? '');
  if (picture?.content === undefined || Number(picture.hidden['until']) < context.now()) {
    return { ...answerBytes(context, Buffer.from(EXPIRED), 'application/xml'), status: 403 };
  }
  return answerBytes(context, picture.content, 'image/png');
}

export const imageOperations: readonly Operation[] = [
  { id: 'images.generate', method: 'POST', path: '/v1/images/generations', handle: making('generation') },
  { id: 'images.edit', method: 'POST', path: '/v1/images/edits', handle: making('edit') },
  { id: 'images.variation', method: 'POST', path: '/v1/images/variations', handle: making('variation') },
];

/** What the addresses of pictures lead to; asked without a key. */
export const pictureDownload: Operation = {
  id: 'images.download',
  method: 'GET',
  path: `${PICTURES}/{name}`,
  handle: download,
};
