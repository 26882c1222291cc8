import type { Media } from '../../generation/media.ts';
import { documentMedia, imageMedia } from '../../generation/media.ts';
import type { PastCall, Turn } from '../../generation/prompt.ts';
import { asText, contentText, objectsIn } from '../content.ts';
import type { ObjectStore } from '../reply.ts';
import type { Body } from '../validate.ts';
import { isBody } from '../validate.ts';
import { FILES } from './file-store.ts';

/** Content as a list of blocks: a text is one block. */
export function blocksOf(content: unknown): readonly Body[] {
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }];
  return objectsIn(content);
}

/** Base64 bytes of an image or a document, wherever they are. */
function sourceData(source: Body, files: ObjectStore | undefined): { readonly type: string; readonly data: string } {
  if (source['type'] === 'file') {
    const file = files?.get(FILES, asText(source['file_id']));
    return { type: asText(file?.body['mime_type']), data: file?.content?.toString('base64') ?? '' };
  }
  return { type: asText(source['media_type']), data: asText(source['data']) };
}

function imageIn({ source }: Body, files: ObjectStore | undefined): readonly Media[] {
  if (!isBody(source)) return [];
  if (source['type'] === 'url') return [imageMedia(asText(source['url']), undefined)];
  const { type, data } = sourceData(source, files);
  return [imageMedia(`data:${type};base64,${data}`, undefined)];
}

function documentIn({ source }: Body, files: ObjectStore | undefined): readonly Media[] {
  if (!isBody(source) || source['type'] === 'text' || source['type'] === 'content') return [];
  const { data } = sourceData(source, files);
  return [documentMedia(data) ?? { kind: 'document', pages: 1 }];
}

function mediaIn(blocks: readonly Body[], files: ObjectStore | undefined): readonly Media[] {
  return blocks.flatMap((block) => {
    if (block['type'] === 'image') return imageIn(block, files);
    return block['type'] === 'document' ? documentIn(block, files) : [];
  });
}

/** Text of documents and search results: what the model reads before the question. */
function readingIn(block: Body): string {
  if (block['type'] === 'search_result') return [asText(block['title']), contentText(block['content'])].join('\n');
  const { source } = block;
  if (block['type'] !== 'document' || !isBody(source)) return '';
  const text = source['type'] === 'content' ? contentText(source['content']) : '';
  const body = source['type'] === 'text' ? asText(source['data']) : text;
  return body === '' ? '' : [asText(block['title']), body].filter((part) => part !== '').join('\n');
}

function callsIn(blocks: readonly Body[]): readonly PastCall[] {
  return blocks
    .filter(({ type }) => type === 'tool_use')
    .map((block) => ({ name: asText(block['name']), input: JSON.stringify(block['input'] ?? {}) }));
}

function assistantTurn(blocks: readonly Body[]): Turn {
  const calls = callsIn(blocks);
  const said = blocks.filter(({ type }) => type === 'text').map((block) => asText(block['text']));
  return {
    role: 'assistant',
    text: said.join('') + calls.map(({ name, input = '' }) => `${name}${input}`).join(''),
    calls: calls.length > 0 ? calls : undefined,
  };
}

function resultTurn(block: Body, names: ReadonlyMap<string, string>, files: ObjectStore | undefined): Turn {
  const media = mediaIn(objectsIn(block['content']), files);
  const id = asText(block['tool_use_id']);
  return {
    role: 'tool',
    text: contentText(block['content']),
    name: names.get(id),
    media: media.length > 0 ? media : undefined,
  };
}

function userTurns(
  blocks: readonly Body[],
  names: ReadonlyMap<string, string>,
  files: ObjectStore | undefined,
): readonly Turn[] {
  const results = blocks.filter(({ type }) => type === 'tool_result').map((block) => resultTurn(block, names, files));
  const readings = blocks.map(readingIn).filter((text) => text !== '');
  const text = contentText(blocks.filter(({ type }) => type === 'text'));
  const media = mediaIn(blocks, files);
  const asks = text !== '' || media.length > 0 || results.length + readings.length === 0;
  const asked: readonly Turn[] = asks ? [{ role: 'user', text, media: media.length > 0 ? media : undefined }] : [];
  return [...results, ...readings.map((reading): Turn => ({ role: 'user', text: reading })), ...asked];
}

/** The system text of a request; empty when it has none. */
export function systemText(system: unknown): string {
  return blocksOf(system)
    .map((block) => asText(block['text']))
    .join('\n');
}

/** The conversation, system text first. Without `files` the bytes of uploaded ones are unknown. */
export function messageTurns(body: Body, files?: ObjectStore): readonly Turn[] {
  const names = new Map<string, string>();
  const system = systemText(body['system']);
  const turns = objectsIn(body['messages']).flatMap((message): readonly Turn[] => {
    const blocks = blocksOf(message['content']);
    if (message['role'] === 'system') return [{ role: 'system', text: contentText(blocks) }];
    if (message['role'] !== 'assistant') return userTurns(blocks, names, files);
    for (const block of blocks) if (block['type'] === 'tool_use') names.set(asText(block['id']), asText(block['name']));
    return [assistantTurn(blocks)];
  });
  return system === '' ? turns : [{ role: 'system', text: system }, ...turns];
}
