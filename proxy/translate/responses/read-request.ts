import type { Json, JsonObject } from '../../core/json.ts';
import {
  missing,
  optionalBoolean,
  optionalObject,
  requiredModel,
  requireTextOrArray,
} from '../../protocols/openai/request-body.ts';
import type { Conversation, Effort, HostedTool, Thinking, Tool, Turn } from '../conversation.ts';
import { objectOf, requestName, requestNumber, requestObjects, restOf, textOf } from '../fields.ts';
import { readChoice, readFormat } from '../openai-words.ts';
import { describesNamespace, withoutNamespaces } from './namespaces.ts';
import { readInput } from './read-input.ts';
import { readWebSearch } from './web-search.ts';

/** Members that the neutral form holds. */
const KNOWN = new Set([
  'model',
  'input',
  'instructions',
  'stream',
  'stream_options',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'text',
  'reasoning',
  'max_output_tokens',
  'temperature',
  'top_p',
  'top_logprobs',
  'include',
  'user',
  'service_tier',
  'prompt_cache_key',
  'cache',
]);

/** What stands in for `input`, where the proxy or the provider keeps it. */
const CONTEXT = ['previous_response_id', 'conversation', 'prompt'];

/** Values of `include` that the neutral form holds, or that are always given. */
const INCLUDED = new Set<unknown>(['reasoning.encrypted_content', 'message.output_text.logprobs']);

/** Reads the body of a response. Throws ProxyError (400) that names the field. */
export function readResponsesRequest(
  body: JsonObject,
  head?: { readonly stream: boolean; readonly model: string },
): Conversation {
  const tools = requestObjects(withoutNamespaces(body['tools']), 'tools').map(readTool);
  const choice = readChoice(body['tool_choice'] ?? null);
  const rest = restOf(body, KNOWN);
  if (choice.unknown !== undefined) rest['tool_choice'] = choice.unknown;
  const verbosity = objectOf(body['text'])?.['verbosity'];
  if (verbosity !== undefined && verbosity !== null) rest['verbosity'] = verbosity;
  if (describesNamespace(body['tools'])) rest['tools.description'] = true;
  const included = otherIncludes(body['include']);
  if (included.length > 0) rest['include'] = included;
  keepOthers(rest, 'reasoning', objectOf(body['reasoning']), REASONING);
  keepOthers(rest, 'text', objectOf(body['text']), TEXT);
  return {
    family: 'responses',
    model: head?.model ?? requiredModel(body),
    stream: head?.stream ?? optionalBoolean(body, 'stream', false),
    turns: [...instructions(body['instructions']), ...input(body)],
    ...(tools.length === 0 ? {} : { tools }),
    ...(choice.choice === undefined ? {} : { toolChoice: choice.choice }),
    ...settings(body),
    includeUsage: true,
    rest,
  };
}

/** Members of the two objects that the neutral form holds. */
const REASONING = new Set(['effort', 'summary', 'generate_summary']);
const TEXT = new Set(['format', 'verbosity']);

/** Keeps what else such an object holds, by its whole path. */
function keepOthers(rest: JsonObject, name: string, object: JsonObject | undefined, known: ReadonlySet<string>): void {
  for (const [member, value] of Object.entries(object ?? {})) {
    if (!known.has(member) && value !== null) rest[`${name}.${member}`] = value;
  }
}

function otherIncludes(include: Json | undefined): Json[] {
  return Array.isArray(include) ? include.filter((name) => !INCLUDED.has(name)) : [];
}

function instructions(value: Json | undefined): Turn[] {
  const text = textOf(value);
  return text === undefined ? [] : [{ role: 'system', parts: [{ kind: 'text', text }] }];
}

function input(body: JsonObject): Turn[] {
  const value = body['input'] ?? null;
  if (value === null) {
    if (CONTEXT.every((name) => (body[name] ?? null) === null)) throw missing('input');
    return [];
  }
  requireTextOrArray('input', value);
  if (typeof value === 'string') return [{ role: 'user', parts: value === '' ? [] : [{ kind: 'text', text: value }] }];
  return readInput(requestObjects(value, 'input'));
}

function settings(body: JsonObject): Partial<Conversation> {
  const fields: Partial<Conversation> = {
    parallelCalls: typeof body['parallel_tool_calls'] === 'boolean' ? body['parallel_tool_calls'] : undefined,
    format: readFormat(objectOf(optionalObject(body, 'text')['format'])),
    thinking: readThinking(optionalObject(body, 'reasoning')),
    maxTokens: requestNumber(body, 'max_output_tokens'),
    temperature: requestNumber(body, 'temperature'),
    topP: requestNumber(body, 'top_p'),
    logprobs: readLogprobs(body),
    user: textOf(body['user']),
    serviceTier: textOf(body['service_tier']),
    promptCacheKey: textOf(body['prompt_cache_key']),
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function readLogprobs(body: JsonObject): number | undefined {
  const alternatives = requestNumber(body, 'top_logprobs') ?? 0;
  const asked = Array.isArray(body['include']) && body['include'].includes('message.output_text.logprobs');
  return asked || alternatives > 0 ? alternatives : undefined;
}

function readThinking(reasoning: JsonObject): Thinking | undefined {
  const effort = textOf(reasoning['effort']);
  const summary = textOf(reasoning['summary']) ?? textOf(reasoning['generate_summary']);
  if (effort === undefined && summary === undefined) return undefined;
  return {
    ...(effort === undefined ? {} : { effort: effort as Effort }),
    ...(summary === undefined ? {} : { summary }),
  };
}

function readTool(tool: JsonObject, index: number): Tool | HostedTool {
  const { type, name, description, parameters, strict, format } = tool;
  const described = typeof description === 'string' ? { description } : {};
  if (type === 'function') {
    return {
      kind: 'function',
      name: requestName(name, `tools[${index}].name`),
      ...described,
      ...(objectOf(parameters) === undefined ? {} : { parameters: objectOf(parameters) }),
      ...(typeof strict === 'boolean' ? { strict } : {}),
    };
  }
  if (type === 'custom') {
    const given = objectOf(format);
    return {
      kind: 'custom',
      name: requestName(name, `tools[${index}].name`),
      ...described,
      ...(given === undefined ? {} : { format: given }),
    };
  }
  const isSearch = typeof type === 'string' && /^web_search(?:_|$)/.test(type);
  if (!isSearch) return { kind: 'hosted', family: 'responses', name: 'other', value: tool };
  return { kind: 'hosted', family: 'responses', name: 'web_search', value: tool, search: readWebSearch(tool) };
}
