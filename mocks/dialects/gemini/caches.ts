import { asText } from '../content.ts';
import { json } from '../json.ts';
import type { DialectContext, DialectRequest, Operation, Reply, StoredObject } from '../reply.ts';
import { CACHES, cachedContent } from './cached-content.ts';
import type { GoogleError } from './errors.ts';
import { googleError, googleErrorReply } from './errors.ts';
import { missingModel, VERSIONS } from './generate.ts';
import { googleHeaders, JSON_TYPE } from './headers.ts';
import { bareName, geminiModel } from './models.ts';
import { geminiPage } from './paging.ts';
import { geminiPrompt } from './prompt.ts';
import { readMessage } from './spelling.ts';
import { refusesAs } from './strict.ts';
import { exactTime } from './time.ts';
import { promptTokens, sumOf } from './usage.ts';
import { document } from './wire.ts';

const ID_LENGTH = 40;
const USUAL_TTL_SECONDS = 3600;
const GONE = googleError(403, 'CachedContent not found (or permission denied)');

function answer(value: unknown, context: DialectContext): Reply {
  const headers = googleHeaders(context, JSON_TYPE);
  return { kind: 'json', status: 200, headers, body: document(json(value)), tokens: 0 };
}

/** When a cache ends that names a lifetime (`"300s"`) or an end; undefined where it names neither. */
function expiry({ ttl, expireTime }: Readonly<Record<string, unknown>>, now: number): string | undefined {
  if (typeof expireTime === 'string') return expireTime;
  const seconds = /^(\d+(?:\.\d+)?)s$/.exec(asText(ttl))?.[1];
  return seconds === undefined ? undefined : exactTime(now + Number(seconds) * 1000);
}

const NO_EXPIRY: GoogleError = googleError(
  400,
  'ttl or expire_time is required and has to be a duration such as "300s" or a time.',
);

function create(request: DialectRequest, context: DialectContext): Reply {
  const { value } = readMessage(request.body, 'CachedContent');
  const name = bareName(asText(value['model']));
  if (name === '')
    return googleErrorReply(
      googleError(400, '* CreateCachedContentRequest.cached_content.model: model is not specified\n'),
      context,
    );
  const unknown = missingModel(name, 'createCachedContent', request.path, context);
  if (unknown) return googleErrorReply(unknown, context);
  const model = geminiModel(name);
  const details = promptTokens(value, geminiPrompt(value, model, context), model, context);
  const id = context.random.alnum(ID_LENGTH).toLowerCase();
  const now = context.now();
  const { contents, systemInstruction, tools, toolConfig, displayName } = value;
  const body = {
    name: `cachedContents/${id}`,
    model: `models/${name}`,
    createTime: exactTime(now),
    updateTime: exactTime(now),
    expireTime: expiry(value, now) ?? exactTime(now + USUAL_TTL_SECONDS * 1000),
    displayName,
    usageMetadata: { totalTokenCount: sumOf(details) },
  };
  context.objects.put(CACHES, { id, body, hidden: { contents, systemInstruction, tools, toolConfig } });
  return answer(body, context);
}

function found({ params }: DialectRequest, context: DialectContext): StoredObject | undefined {
  return cachedContent(params['id'] ?? '', context);
}

function get(request: DialectRequest, context: DialectContext): Reply {
  const one = found(request, context);
  return one === undefined ? googleErrorReply(GONE, context) : answer(one.body, context);
}

function update(request: DialectRequest, context: DialectContext): Reply {
  const one = found(request, context);
  if (one === undefined) return googleErrorReply(GONE, context);
  const { value } = readMessage(request.body, 'CachedContent');
  const expireTime = expiry(value, context.now());
  if (expireTime === undefined) return googleErrorReply(NO_EXPIRY, context);
  const body = { ...one.body, updateTime: exactTime(context.now()), expireTime };
  context.objects.put(CACHES, { ...one, body });
  return answer(body, context);
}

function remove(request: DialectRequest, context: DialectContext): Reply {
  const one = found(request, context);
  if (one === undefined) return googleErrorReply(GONE, context);
  context.objects.delete(CACHES, one.id);
  return answer({}, context);
}

function list({ query }: DialectRequest, context: DialectContext): Reply {
  const alive = context.objects.all(CACHES).filter(({ id }) => cachedContent(id, context) !== undefined);
  const { entries, nextPageToken } = geminiPage(alive.toReversed(), query);
  if (entries.length === 0) return answer({}, context);
  return answer({ cachedContents: entries.map(({ body }) => body), nextPageToken }, context);
}

export const cacheOperations: readonly Operation[] = VERSIONS.flatMap((version): readonly Operation[] => {
  const all = `/${version}/cachedContents`;
  const one = `${all}/{id}`;
  const refuses = refusesAs('CachedContent');
  return [
    { id: 'cachedContents.create', family: 'gemini', method: 'POST', path: all, refuses, handle: create },
    { id: 'cachedContents.list', family: 'gemini', method: 'GET', path: all, handle: list },
    { id: 'cachedContents.get', family: 'gemini', method: 'GET', path: one, handle: get },
    { id: 'cachedContents.update', family: 'gemini', method: 'PATCH', path: one, handle: update },
    { id: 'cachedContents.delete', family: 'gemini', method: 'DELETE', path: one, handle: remove },
  ];
});
