import type { Json, JsonObject } from '../../core/json.ts';
import { answerLimit } from '../answer-limit.ts';
import type { AnswerFormat, Conversation, HostedTool, Thinking, Tool, ToolChoice } from '../conversation.ts';
import { customAsFunction } from '../custom-tools.ts';
import { effortOf } from '../efforts.ts';
import { defined, textOf } from '../fields.ts';
import { Losses } from '../losses.ts';
import { fitted } from '../openai-models.ts';
import type { RequestTarget, WrittenRequest } from '../types.ts';
import { chatDialect } from './dialects.ts';
import { writeWebSearch } from './web-search.ts';
import { type MessageContext, writeMessages } from './write-messages.ts';

/** Members of a body of the other OpenAI family that chat completions take as they are. */
const SHARED = ['metadata', 'safety_identifier', 'prompt_cache_retention', 'prompt_cache_options'];

/** Stop sequences that a request may have. */
const MAX_STOPS = 4;

/** Writes the body of a chat completion. Throws ProxyError (400) for what it cannot tell. */
export function writeChatRequest(given: Conversation, target: RequestTarget): WrittenRequest {
  const losses = new Losses(given, 'chat', target);
  const conversation = fitted(given, target.model, losses);
  const context = { conversation, target, losses, dialect: chatDialect(target.provider) };
  const body = defined({
    model: target.model,
    messages: writeMessages(context),
    ...tools(context),
    ...settings(context),
    ...(conversation.stream ? { stream: true, stream_options: { include_usage: true } } : {}),
    ...rest(context),
  });
  return { body, dropped: losses.names };
}

function settings({ conversation, target, losses, dialect }: MessageContext): Record<string, Json | undefined> {
  const { stop, topK, family, thinking, logprobs } = conversation;
  if (stop !== undefined && stop.length > MAX_STOPS) {
    throw losses.refuse(
      'stop',
      `Too many stop sequences: chat completions take at most ${MAX_STOPS} stop sequences, but got ${stop.length}.`,
    );
  }
  // A chat client that sends it knows its server.
  if (topK !== undefined && family !== 'chat') losses.drop('topK');
  return {
    [dialect.maxTokens]: answerLimit(conversation, target.model),
    temperature: conversation.temperature,
    top_p: conversation.topP,
    top_k: family === 'chat' ? topK : undefined,
    stop: stop === undefined || stop.length === 0 ? undefined : [...stop],
    seed: conversation.seed,
    presence_penalty: conversation.presencePenalty,
    frequency_penalty: conversation.frequencyPenalty,
    logit_bias: conversation.logitBias,
    n: conversation.count,
    logprobs: logprobs === undefined ? undefined : true,
    top_logprobs: logprobs === undefined || logprobs === 0 ? undefined : logprobs,
    response_format: writeFormat(conversation.format),
    reasoning_effort: hasOwnThinking(conversation) ? undefined : effortWord(thinking),
    user: conversation.user,
    service_tier: conversation.serviceTier,
    prompt_cache_key: conversation.promptCacheKey,
  };
}

/** A chat client's `thinking` or `reasoning` goes back as it was. */
function hasOwnThinking({ family, rest }: Conversation): boolean {
  return family === 'chat' && (rest['thinking'] ?? rest['reasoning'] ?? null) !== null;
}

/** OpenAI's word for it. */
export function effortWord(thinking: Thinking | undefined): string | undefined {
  const effort = thinking && effortOf(thinking);
  return effort === 'max' ? 'xhigh' : effort;
}

function writeFormat(format: AnswerFormat | undefined): JsonObject | undefined {
  if (format === undefined) return undefined;
  if (format.kind !== 'schema') return { type: format.kind === 'text' ? 'text' : 'json_object' };
  const { name, schema, strict, description } = format;
  return { type: 'json_schema', json_schema: defined({ name, description, schema, strict }) };
}

function tools(context: MessageContext): Record<string, Json | undefined> {
  const { conversation } = context;
  const all = conversation.tools ?? [];
  const own = allowedTools(
    all.filter((tool) => tool.kind !== 'hosted'),
    context,
  );
  const hosted = all.flatMap((tool, index) => (tool.kind === 'hosted' ? writeHosted(tool, index, context) : []));
  const written = own.map((tool) => writeTool(tool, context));
  const search = all.find((tool) => tool.kind === 'hosted' && tool.name === 'web_search');
  return {
    tools: written.length + hosted.length === 0 ? undefined : [...written, ...hosted],
    tool_choice: own.length === 0 ? undefined : writeChoice(conversation.toolChoice, own, context),
    parallel_tool_calls: own.length === 0 ? undefined : conversation.parallelCalls,
    web_search_options:
      search?.kind === 'hosted' && isSearched(search, context) ? searchOptions(search, context) : undefined,
  };
}

function searchOptions({ family, value, search = {} }: HostedTool, { losses }: MessageContext): JsonObject {
  if (family === 'chat') return value;
  if (search.allowedDomains !== undefined) losses.dropNamed('web_search.allowed_domains');
  if (search.blockedDomains !== undefined) losses.dropNamed('web_search.blocked_domains');
  if (search.maxUses !== undefined) losses.dropNamed('web_search.max_uses');
  return writeWebSearch(search);
}

/** Whether the search is asked of the endpoint. One that may not look anything up (`external_web_access: false`) is left out. */
function isSearched({ family, value }: HostedTool, { losses, dialect }: MessageContext): boolean {
  if (family === 'chat' || dialect.webSearch) return value['external_web_access'] !== false;
  if (value['external_web_access'] !== false)
    throw losses.refuse('tools', 'The endpoint of this model has no web search of its own.');
  return false;
}

function writeHosted({ name, family, value }: HostedTool, index: number, { losses }: MessageContext): JsonObject[] {
  if (name === 'web_search') {
    if (value['external_web_access'] === false) losses.dropNamed('web_search');
    return [];
  }
  if (family === 'chat') return [value];
  throw losses.refuseNamed(
    `tools[${index}]`,
    `The tool '${textOf(value['type']) ?? name}' is one of another provider, which the endpoint of this model does not have.`,
  );
}

/** UTF-16 units. */
const MAX_DESCRIPTION = 1_024;

function writeTool(tool: Tool, context: MessageContext): JsonObject {
  const mark = context.conversation.family === 'chat' ? tool.cacheControl : undefined;
  if (tool.kind === 'custom' && context.dialect.isOpenAi) {
    const { name, description, format } = tool;
    return defined({
      type: 'custom',
      custom: defined({ name, description, format: writeCustomFormat(format) }),
      cache_control: mark,
    });
  }
  const { name, description, parameters, strict } = tool.kind === 'custom' ? customAsFunction(tool) : tool;
  return defined({
    type: 'function',
    function: defined({
      name,
      description: shortened(description, context),
      parameters: parameters ?? noParameters(context),
      strict,
    }),
    cache_control: mark,
  });
}

/** OpenAI refuses longer descriptions of tools, which coding agents of other families have; its first sentences say the most. */
function shortened(
  description: string | undefined,
  { conversation, dialect, losses }: MessageContext,
): string | undefined {
  if (description === undefined || description.length <= MAX_DESCRIPTION) return description;
  if (conversation.family === 'chat' || !dialect.isOpenAi) return description;
  losses.dropNamed('tools.description');
  return `${description.slice(0, MAX_DESCRIPTION - 1)}…`;
}

/** OpenAI takes a tool without parameters; other servers want a schema, whatever the client's family. */
function noParameters({ dialect }: MessageContext): JsonObject | undefined {
  return dialect.isOpenAi ? undefined : { type: 'object', properties: {} };
}

function writeCustomFormat(format: JsonObject | undefined): JsonObject | undefined {
  if (format === undefined || format['type'] !== 'grammar') return format;
  const { type, ...grammar } = format;
  return { type, grammar };
}

function writeChoice(
  choice: ToolChoice | undefined,
  tools: readonly Tool[],
  context: MessageContext,
): Json | undefined {
  if (choice === undefined) return undefined;
  if (choice.kind !== 'named') return choice.kind;
  const named = choice.names.map((name) => toolName(name, tools, context));
  const [first] = named;
  if (!isSingle(choice) && !context.dialect.isOpenAi) return choice.required ? 'required' : 'auto';
  if (choice.required && named.length === 1 && first !== undefined) return first;
  return { type: 'allowed_tools', allowed_tools: { mode: choice.required ? 'required' : 'auto', tools: named } };
}

function isSingle(choice: ToolChoice): boolean {
  return choice.kind === 'named' && choice.required && choice.names.length === 1;
}

/** Servers that do not know `allowed_tools` are shown these alone. */
function allowedTools(tools: readonly Tool[], { conversation, dialect }: MessageContext): readonly Tool[] {
  const choice = conversation.toolChoice;
  if (choice?.kind !== 'named' || isSingle(choice) || dialect.isOpenAi) return tools;
  return tools.filter(({ name }) => choice.names.includes(name));
}

function toolName(name: string, tools: readonly Tool[], { dialect }: MessageContext): JsonObject {
  const custom = dialect.isOpenAi && tools.find((tool) => tool.name === name)?.kind === 'custom';
  return custom ? { type: 'custom', custom: { name } } : { type: 'function', function: { name } };
}

function rest({ conversation, losses, dialect }: MessageContext): JsonObject {
  const { family, rest: given } = conversation;
  if (family === 'chat') return given;
  const written = new Set<string>();
  const body: JsonObject = {};
  if (family === 'responses' && dialect.isOpenAi) {
    for (const name of SHARED) {
      if (given[name] === undefined || given[name] === null) continue;
      body[name] = given[name];
      written.add(name);
    }
    // Responses are kept unless told otherwise, chat completions only where told so.
    if (given['store'] === true) body['store'] = true;
    if (typeof given['verbosity'] === 'string') body['verbosity'] = given['verbosity'];
    written.add('store').add('verbosity');
  }
  losses.settle(conversation, written);
  return body;
}
