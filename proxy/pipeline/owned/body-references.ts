import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';

/** Ids of things that a provider keeps, as a request's body names them. */
export interface BodyReferences {
  readonly previousResponse: string | undefined;
  readonly conversation: string | undefined;
  readonly objects: readonly string[];
}

/** Members whose text is an id. */
const IDS: ReadonlySet<string> = new Set([
  'assistant_id',
  'batch_id',
  'cachedContent',
  'cached_content',
  'container',
  'container_id',
  'eval_id',
  'file_id',
  'input_file_id',
  'previous_interaction_id',
  'skill_id',
  'thread_id',
  'training_file',
  'validation_file',
  'vector_store_id',
  'video_id',
]);
/** Members whose elements are ids. */
const LISTS: ReadonlySet<string> = new Set([
  'fileSearchStoreNames',
  'file_ids',
  'file_search_store_names',
  'vector_store_ids',
]);
/** Members whose text is an address, which may be one of a kept file. */
const ADDRESSES: ReadonlySet<string> = new Set(['fileUri', 'file_uri']);
const KEPT_FILE = /(?:^|\/)files\/([^/?#]+)$/;

/** What clients and their tools mean by names of their own. */
const DATA: ReadonlySet<string> = new Set([
  'args',
  'arguments',
  'functionResponse',
  'function_response',
  'input_schema',
  'item',
  'json_schema',
  'labels',
  'metadata',
  'parameters',
  'parametersJsonSchema',
  'properties',
  'schema',
]);

const NONE: BodyReferences = { previousResponse: undefined, conversation: undefined, objects: [] };

/** Looks at every member of a parsed body once. */
export function referencesIn(body: JsonObject): BodyReferences {
  const objects = new Set<string>();
  const waiting: Json[] = [body];
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    if (Array.isArray(value)) for (const one of value) push(one, waiting);
    else if (isJsonObject(value)) look(value, objects, waiting);
  }
  const previousResponse = textOf(body['previous_response_id']);
  const { conversation } = body;
  const thread = textOf(isJsonObject(conversation) ? conversation['id'] : conversation);
  if (previousResponse === undefined && thread === undefined && objects.size === 0) return NONE;
  return { previousResponse, conversation: thread, objects: [...objects] };
}

/**
 * Whether a body that names some member twice may name an id in the one that is not read here: the provider may read the
 * other.
 */
export function mayHideReferences(body: Buffer): boolean {
  const text = body.toString('latin1');
  return (
    /"[^"]*(?:_ids?|_file|conversation|container|[cC]ontent|[uU]ri|_names|Names)"\s*:/.test(text) ||
    text.includes(String.raw`\u`)
  );
}

function look(value: JsonObject, objects: Set<string>, waiting: Json[]): void {
  const { type } = value;
  const isCall = typeof type === 'string' && type.endsWith('tool_use');
  for (const [name, member] of Object.entries(value)) {
    if (DATA.has(name) || (isCall && name === 'input')) continue;
    if (typeof member === 'string') {
      const id = idIn(name, member);
      if (id !== undefined) objects.add(id);
    } else if (LISTS.has(name) && Array.isArray(member)) {
      for (const one of member) if (typeof one === 'string' && one !== '') objects.add(lastSegment(one));
    } else push(member, waiting);
  }
}

function idIn(name: string, text: string): string | undefined {
  if (text === '') return undefined;
  if (IDS.has(name)) return lastSegment(text);
  return ADDRESSES.has(name) ? KEPT_FILE.exec(text)?.[1] : undefined;
}

/** Gemini names things by their paths: `cachedContents/abc`. */
function lastSegment(text: string): string {
  return text.slice(text.lastIndexOf('/') + 1);
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function push(value: Json | undefined, waiting: Json[]): void {
  if (typeof value === 'object' && value !== null) waiting.push(value);
}
