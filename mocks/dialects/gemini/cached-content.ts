import type { DialectContext, StoredObject } from '../reply.ts';
import { objectsIn } from '../content.ts';
import type { Body } from '../validate.ts';
import { isBody } from '../validate.ts';
import type { GoogleError } from './errors.ts';
import { googleError } from './errors.ts';
import { bareName } from './models.ts';

export const CACHES = '/v1beta/cachedContents';

const GONE = googleError(403, 'CachedContent not found (or permission denied)');
const SETTINGS = googleError(
  400,
  'CachedContent can not be used with GenerateContent request setting system_instruction, tools or tool_config.\n\nProposed fix: move those values to CachedContent from GenerateContent request.',
);

/** The request with what was cached in its place. */
export interface WithCache {
  readonly request: Body;
  /** Tokens of what was cached; undefined when the request goes on from nothing. */
  readonly cachedTokens: number | undefined;
}

function expired({ body }: StoredObject, context: DialectContext): boolean {
  return Date.parse(String(body['expireTime'])) <= context.now();
}

/** The cached content of this name while it lives. */
export function cachedContent(name: string, context: DialectContext): StoredObject | undefined {
  const found = context.objects.get(CACHES, name.replace(/^cachedContents\//, ''));
  return found === undefined || expired(found, context) ? undefined : found;
}

/** Puts what was cached before what the request says. */
export function withCachedContent(request: Body, model: string, context: DialectContext): WithCache | GoogleError {
  const { cachedContent: name } = request;
  if (typeof name !== 'string' || name === '') return { request, cachedTokens: undefined };
  const found = cachedContent(name, context);
  if (found === undefined) return GONE;
  if (['systemInstruction', 'tools', 'toolConfig'].some((field) => request[field] !== undefined)) return SETTINGS;
  const other = bareName(String(found.body['model']));
  if (other !== model) {
    return googleError(
      400,
      `Model used by GenerateContent request (models/${model}) and CachedContent (models/${other}) has to be the same.`,
    );
  }
  const { contents, systemInstruction, tools, toolConfig } = found.hidden;
  const { usageMetadata } = found.body;
  const tokens = isBody(usageMetadata) ? Number(usageMetadata['totalTokenCount']) : 0;
  const merged = {
    ...request,
    systemInstruction,
    tools,
    toolConfig,
    contents: [...objectsIn(contents), ...objectsIn(request['contents'])],
  };
  return { request: merged, cachedTokens: tokens };
}
