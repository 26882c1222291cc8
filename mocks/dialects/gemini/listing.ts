import { json } from '../json.ts';
import type { DialectContext, DialectRequest, Operation, Reply } from '../reply.ts';
import { googleErrorReply, unknownGeminiModel, versionOf } from './errors.ts';
import { VERSIONS } from './generate.ts';
import { googleHeaders, JSON_TYPE } from './headers.ts';
import { bareName, geminiModel } from './models.ts';
import { geminiPage } from './paging.ts';
import { document } from './wire.ts';

/** Models that are listed where the server was not told which there are. */
const LISTED = [
  'gemini-2.5-flash',
  'gemini-2.5-pro',
  'gemini-2.5-flash-lite',
  'gemini-2.5-flash-image',
  'gemini-2.0-flash',
  'gemini-3-pro-preview',
  'gemini-3-flash-preview',
  'gemini-3-pro-image-preview',
  'gemini-3.1-pro-preview',
  'gemini-3.1-flash-lite',
  'gemini-3.5-flash',
  'gemini-3.6-flash',
  'gemini-flash-latest',
  'gemini-flash-lite-latest',
  'gemini-pro-latest',
  'gemma-3-27b-it',
  'gemini-embedding-001',
  'gemini-embedding-2-preview',
  'text-embedding-004',
] as const;

const displayName = (name: string): string =>
  name
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(' ');

function modelEntry(given: string): object {
  const { name, inputTokens, outputTokens, thinks } = geminiModel(given);
  const common = {
    name: `models/${name}`,
    version: '001',
    displayName: displayName(name),
    description: `${displayName(name)}, as the mock answers for it`,
    inputTokenLimit: inputTokens,
    outputTokenLimit: outputTokens,
  };
  if (name.includes('embedding')) {
    return { ...common, supportedGenerationMethods: ['embedContent', 'countTextTokens', 'countTokens'] };
  }
  return {
    ...common,
    supportedGenerationMethods: ['generateContent', 'countTokens', 'createCachedContent', 'batchGenerateContent'],
    temperature: 1,
    topP: 0.95,
    topK: 64,
    maxTemperature: 2,
    ...(thinks ? { thinking: true } : {}),
  };
}

function ok(value: unknown, context: DialectContext): Reply {
  const headers = googleHeaders(context, JSON_TYPE);
  return { kind: 'json', status: 200, headers, body: document(json(value)), tokens: 0 };
}

function list({ query }: DialectRequest, context: DialectContext): Reply {
  const { entries, nextPageToken } = geminiPage(context.models ?? LISTED, query);
  return ok({ models: entries.map(modelEntry), nextPageToken }, context);
}

function get({ params, path }: DialectRequest, context: DialectContext): Reply {
  const name = bareName(params['model'] ?? '');
  const known = context.models?.map(bareName).includes(name) ?? true;
  if (known) return ok(modelEntry(name), context);
  return googleErrorReply(unknownGeminiModel(name, 'generateContent', versionOf(path)), context);
}

export const geminiModelOperations: readonly Operation[] = VERSIONS.flatMap((version) => [
  { id: 'gemini.models.list', family: 'gemini', method: 'GET', path: `/${version}/models`, handle: list },
  { id: 'gemini.models.get', family: 'gemini', method: 'GET', path: `/${version}/models/{model}`, handle: get },
]);
