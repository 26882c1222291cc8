import type { Json, JsonObject } from '../../core/json.ts';
import {
  missing,
  optionalBoolean,
  optionalObject,
  requiredModel,
  wrongType,
} from '../../protocols/openai/request-body.ts';
import type { Conversation, Effort, HostedTool, Thinking, Tool } from '../conversation.ts';
import { numberOf, objectOf, requestName, requestNumber, requestObjects, restOf, textOf } from '../fields.ts';
import { readChoice, readFormat } from '../openai-words.ts';
import { readMessages } from './read-messages.ts';
import { readWebSearch } from './web-search.ts';

/** Members that the neutral form holds. */
const KNOWN = new Set([
  'model',
  'messages',
  'stream',
  'stream_options',
  'tools',
  'tool_choice',
  'functions',
  'function_call',
  'parallel_tool_calls',
  'response_format',
  'reasoning_effort',
  'max_completion_tokens',
  'max_tokens',
  'temperature',
  'top_p',
  'top_k',
  'stop',
  'seed',
  'presence_penalty',
  'frequency_penalty',
  'logit_bias',
  'n',
  'logprobs',
  'top_logprobs',
  'user',
  'service_tier',
  'prompt_cache_key',
  'web_search_options',
  'cache',
]);

/** Reads the body of a chat completion. Throws ProxyError (400) that names the field. */
export function readChatRequest(
  body: JsonObject,
  head?: { readonly stream: boolean; readonly model: string },
): Conversation {
  const messages = body['messages'];
  if (messages === undefined || messages === null) throw missing('messages');
  const tools = [...readTools(body), ...hostedSearch(body['web_search_options'])];
  const options = optionalObject(body, 'stream_options');
  const rest = restOf(body, KNOWN);
  const choice = readChoice(body['tool_choice'] ?? body['function_call'] ?? null);
  if (choice.unknown !== undefined) rest['tool_choice'] = choice.unknown;
  return {
    family: 'chat',
    model: head?.model ?? requiredModel(body),
    stream: head?.stream ?? optionalBoolean(body, 'stream', false),
    turns: readMessages(requestObjects(messages, 'messages')),
    ...(tools.length === 0 ? {} : { tools }),
    ...(choice.choice === undefined ? {} : { toolChoice: choice.choice }),
    ...settings(body),
    includeUsage: optionalBoolean(options, 'include_usage', false, 'stream_options.include_usage'),
    rest,
  };
}

function settings(body: JsonObject): Partial<Conversation> {
  const fields: Partial<Conversation> = {
    parallelCalls: typeof body['parallel_tool_calls'] === 'boolean' ? body['parallel_tool_calls'] : undefined,
    format: readFormat(objectOf(body['response_format'])),
    thinking: readThinking(body),
    maxTokens: requestNumber(body, 'max_completion_tokens') ?? requestNumber(body, 'max_tokens'),
    temperature: requestNumber(body, 'temperature'),
    topP: requestNumber(body, 'top_p'),
    topK: requestNumber(body, 'top_k'),
    stop: readStop(body['stop']),
    seed: requestNumber(body, 'seed'),
    presencePenalty: requestNumber(body, 'presence_penalty'),
    frequencyPenalty: requestNumber(body, 'frequency_penalty'),
    logitBias: objectOf(body['logit_bias']),
    count: requestNumber(body, 'n'),
    logprobs: body['logprobs'] === true ? (requestNumber(body, 'top_logprobs') ?? 0) : undefined,
    user: textOf(body['user']),
    serviceTier: textOf(body['service_tier']),
    promptCacheKey: textOf(body['prompt_cache_key']),
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function readStop(stop: Json | undefined): readonly string[] | undefined {
  if (stop === undefined || stop === null) return undefined;
  if (typeof stop === 'string') return [stop];
  if (!Array.isArray(stop)) throw wrongType('stop', 'one of a string or an array of strings', stop);
  const strings = stop.map((element, index) => {
    if (typeof element !== 'string') throw wrongType(`stop[${index}]`, 'a string', element);
    return element;
  });
  return strings.length === 0 ? undefined : strings;
}

/** `reasoning_effort`, or the `thinking` and `reasoning` objects that other servers take. */
function readThinking(body: JsonObject): Thinking | undefined {
  const thinking = objectOf(body['thinking']);
  const reasoning = objectOf(body['reasoning']);
  const effort =
    textOf(body['reasoning_effort']) ??
    textOf(reasoning?.['effort']) ??
    (thinking?.['type'] === 'disabled' ? 'none' : undefined);
  const budget = numberOf(thinking?.['budget_tokens']) ?? numberOf(reasoning?.['max_tokens']);
  if (effort === undefined && budget === undefined) return undefined;
  return { ...(effort === undefined ? {} : { effort: effort as Effort }), ...(budget === undefined ? {} : { budget }) };
}

function readTools(body: JsonObject): (Tool | HostedTool)[] {
  const tools = requestObjects(body['tools'], 'tools').map(readTool);
  const functions = requestObjects(body['functions'], 'functions').map((definition, index) =>
    readFunction(definition, `functions[${index}]`),
  );
  return [...tools, ...functions];
}

function readTool(tool: JsonObject, index: number): Tool | HostedTool {
  const mark = objectOf(tool['cache_control']);
  const marked = mark === undefined ? {} : { cacheControl: mark };
  if (tool['type'] === 'custom') return { ...readCustom(tool, index), ...marked };
  // Some clients leave the type out.
  const definition = objectOf(tool['function']);
  if (definition === undefined) return { kind: 'hosted', family: 'chat', name: 'other', value: tool };
  return { ...readFunction(definition, `tools[${index}].function`), ...marked };
}

function readFunction(definition: JsonObject, param: string): Tool {
  const { name, description, parameters, strict } = definition;
  return {
    kind: 'function',
    name: requestName(name, `${param}.name`),
    ...(typeof description === 'string' ? { description } : {}),
    ...(objectOf(parameters) === undefined ? {} : { parameters: objectOf(parameters) }),
    ...(typeof strict === 'boolean' ? { strict } : {}),
  };
}

function readCustom(tool: JsonObject, index: number): Tool {
  const custom = objectOf(tool['custom']) ?? {};
  const { name, description, format } = custom;
  const given = objectOf(format);
  const grammar = objectOf(given?.['grammar']);
  return {
    kind: 'custom',
    name: requestName(name, `tools[${index}].custom.name`),
    ...(typeof description === 'string' ? { description } : {}),
    // Responses write the grammar's members beside the type.
    ...(given === undefined
      ? {}
      : { format: grammar === undefined ? given : { type: given['type'] ?? 'grammar', ...grammar } }),
  };
}

function hostedSearch(options: Json | undefined): HostedTool[] {
  const value = objectOf(options);
  return value === undefined
    ? []
    : [{ kind: 'hosted', family: 'chat', name: 'web_search', value, search: readWebSearch(value) }];
}
