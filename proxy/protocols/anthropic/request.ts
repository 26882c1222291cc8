import { ProxyError } from '../../core/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { sealName } from '../digest.ts';
import type { RequestFacts } from '../types.ts';

/** Signatures of a conversation by which its endpoint is looked for: the latest ones. */
const MAX_SEALS = 8;

/** Types of tools that the client itself runs; of every other type the provider does. */
const CLIENT_TOOL = /^(?:custom|(?:bash|text_editor|computer|memory)_\d+)$/;

/** Members of a request by which it depends on what the provider keeps or runs. */
const STATEFUL = ['container', 'mcp_servers', 'thread'];

/** Reads a request for a message. Throws ProxyError in the words of the real API. */
export function messageFacts(body: JsonObject): RequestFacts {
  const facts = promptFacts(body);
  const { stream = null } = body;
  if (stream !== null && typeof stream !== 'boolean') throw wrong('stream', 'Input should be a valid boolean');
  if (body['max_tokens'] === undefined) throw missing('max_tokens');
  // The API knows no answer without a limit: the request has always set it.
  return { ...facts, stream: stream === true, limitsOutput: true };
}

/** Reads what a request for a message and one that only counts its tokens have in common. */
export function promptFacts(body: JsonObject): RequestFacts {
  const { model, messages, metadata } = body;
  if (model === undefined || model === '') throw missing('model');
  if (typeof model !== 'string') throw wrong('model', 'Input should be a valid string');
  if (messages === undefined) throw missing('messages');
  if (!Array.isArray(messages)) throw wrong('messages', 'Input should be a valid array');
  const read = readBlocks(messages);
  const user = isJsonObject(metadata) ? metadata['user_id'] : undefined;
  return {
    model,
    stream: false,
    includeUsage: true,
    includeObfuscation: true,
    stateful: read.refersToFiles || usesProvider(body),
    store: isJsonObject(body['thread']),
    encryptedItems: read.seals,
    ...continued(body['thread']),
    ...(typeof user === 'string' && user !== '' ? { user } : {}),
    ...(body['cache'] === undefined ? {} : { cache: body['cache'] }),
  };
}

/** A thread is kept by the endpoint that made its messages. */
function continued(thread: Json | undefined): Pick<RequestFacts, 'previousResponseId'> {
  const id = isJsonObject(thread) ? thread['previous_message_id'] : undefined;
  return typeof id === 'string' && id !== '' ? { previousResponseId: id } : {};
}

function missing(param: string): ProxyError {
  return new ProxyError('missing_required_parameter', `${param}: Field required`, { param });
}

function wrong(param: string, what: string): ProxyError {
  return new ProxyError('invalid_type', `${param}: ${what}`, { param });
}

function usesProvider(body: JsonObject): boolean {
  const { tools } = body;
  if (STATEFUL.some((name) => isSet(body[name]))) return true;
  return Array.isArray(tools) && tools.some((tool) => isJsonObject(tool) && isServerTool(tool));
}

function isSet(value: Json | undefined): boolean {
  return value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0);
}

function isServerTool({ type }: JsonObject): boolean {
  return typeof type === 'string' && !CLIENT_TOOL.test(type);
}

interface BlocksRead {
  readonly refersToFiles: boolean;
  /** Names of the signatures, the latest last. */
  readonly seals: readonly string[];
}

function readBlocks(messages: readonly Json[]): BlocksRead {
  const blocks = messages.flatMap((message) => (isJsonObject(message) ? objectsIn(message['content']) : []));
  const inside = blocks.flatMap((block) => [block, ...objectsIn(block['content'])]);
  const seals = blocks.map(sealOf).filter((seal) => seal !== '');
  return {
    refersToFiles: inside.some(refersToFile),
    seals: seals.slice(-MAX_SEALS).map((seal) => sealName(seal)),
  };
}

function objectsIn(content: Json | undefined): JsonObject[] {
  return Array.isArray(content) ? content.filter((block) => isJsonObject(block)) : [];
}

/** The text that only the provider that made it can read, of a thinking block; '' for all others. */
export function sealOf({ type, signature, data }: JsonObject): string {
  const seal = type === 'thinking' ? signature : type === 'redacted_thinking' ? data : '';
  return typeof seal === 'string' ? seal : '';
}

function refersToFile({ type, source }: JsonObject): boolean {
  return type === 'container_upload' || (isJsonObject(source) && source['type'] === 'file');
}
