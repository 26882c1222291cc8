import { ProxyError } from '../../core/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import type { RequestHead } from '../../wire/http.ts';
import { sealName } from '../digest.ts';
import type { RequestFacts } from '../types.ts';

/** Thought signatures of a conversation by which its endpoint is looked for: the latest ones. */
const MAX_SEALS = 8;

/** Stands in a history for the signature of a call that has none; the provider accepts it everywhere. */
const NO_SEAL = 'skip_thought_signature_validator';

/** The collection that names of models may begin with. */
export const COLLECTION = 'models/';

const PATH = /^\/(?:models\/(?:models\/)?(.+)|(tunedModels\/[^/]+)):(\w+)$/;

/** What a path of the API names: the model, and what is to be done with it. */
export interface ModelCall {
  readonly model: string;
  readonly verb: string;
}

/** Reads `/models/{model}:{verb}`; a tuned model keeps its collection in its name. Undefined for any other path. */
export function modelCall(path: string): ModelCall | undefined {
  const [, plain, tuned, verb] = PATH.exec(path) ?? [];
  const model = plain ?? tuned;
  if (model === undefined || verb === undefined) return undefined;
  return { model: decoded(model), verb };
}

/** A member by its name in camel case; the API takes snake case as well. */
export function member(object: JsonObject, name: string): Json | undefined {
  return object[name] ?? object[name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)];
}

/** The facts that every operation has: the model stands in the path. */
export function callFacts(head: RequestHead | undefined): RequestFacts {
  const call = modelCall(head?.path ?? '');
  if (!call) throw new ProxyError('unknown_url', 'The path names no model.');
  return {
    model: call.model,
    stream: call.verb === STREAM,
    ...(call.verb === STREAM && !asksForEvents(head?.query ?? '') ? { framing: 'array' as const } : {}),
    includeUsage: true,
    includeObfuscation: true,
    stateful: false,
    store: false,
    encryptedItems: [],
  };
}

const STREAM = 'streamGenerateContent';

function asksForEvents(query: string): boolean {
  const parameters = new URLSearchParams(query);
  return parameters.get('alt') === 'sse' || parameters.get('$alt') === 'sse';
}

/** Reads a request that has content generated. */
export function generateFacts(body: JsonObject, head?: RequestHead): RequestFacts {
  const facts = callFacts(head);
  const { contents } = body;
  if (contents === undefined || (Array.isArray(contents) && contents.length === 0)) {
    throw new ProxyError(
      'missing_required_parameter',
      '* GenerateContentRequest.contents: contents is not specified\n',
      { param: 'contents' },
    );
  }
  const config = member(body, 'generationConfig');
  const settings = isJsonObject(config) ? config : {};
  const parts = partsOf(contents);
  return {
    ...facts,
    stateful: dependsOnProvider(body, settings, parts),
    encryptedItems: sealsOf(parts),
    ...(typeof member(settings, 'maxOutputTokens') === 'number' ? { limitsOutput: true as const } : {}),
    ...(body['cache'] === undefined ? {} : { cache: body['cache'] }),
  };
}

/** What the provider keeps or looks up, and several candidates, which are asked for because they differ. */
function dependsOnProvider(body: JsonObject, settings: JsonObject, parts: readonly JsonObject[]): boolean {
  const { tools } = body;
  const candidates = member(settings, 'candidateCount');
  return (
    member(body, 'cachedContent') !== undefined ||
    (typeof candidates === 'number' && candidates > 1) ||
    parts.some((part) => member(part, 'fileData') !== undefined) ||
    (Array.isArray(tools) && tools.some((tool) => isJsonObject(tool) && runsAtProvider(tool)))
  );
}

/** Whether a tool is more than functions that the client runs. */
function runsAtProvider(tool: JsonObject): boolean {
  return Object.keys(tool).some((name) => name !== 'functionDeclarations' && name !== 'function_declarations');
}

function partsOf(contents: Json): JsonObject[] {
  const turns = Array.isArray(contents) ? contents : [contents];
  return turns.flatMap((turn) => {
    const parts = isJsonObject(turn) ? (turn['parts'] ?? null) : null;
    return (Array.isArray(parts) ? parts : [parts]).filter((part) => isJsonObject(part));
  });
}

/** Names of the thought signatures in these parts, the latest last. */
export function sealsOf(parts: readonly JsonObject[]): string[] {
  const seals = parts.map((part) => member(part, 'thoughtSignature')).filter((seal) => typeof seal === 'string');
  return seals
    .filter((seal) => seal !== '' && seal !== NO_SEAL)
    .slice(-MAX_SEALS)
    .map((seal) => sealName(seal));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
