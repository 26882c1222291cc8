import type { Json, JsonObject } from '../../core/json.ts';
import { answerLimit } from '../answer-limit.ts';
import { effortWord } from '../chat/write-request.ts';
import type {
  AnswerFormat,
  Conversation,
  Family,
  HostedTool,
  Thinking,
  Tool,
  ToolChoice,
  Turn,
} from '../conversation.ts';
import { defined, objectOf, textOf } from '../fields.ts';
import { Losses } from '../losses.ts';
import { fitted, isReasoningModel } from '../openai-models.ts';
import type { RequestTarget, WrittenRequest } from '../types.ts';
import { writeWebSearch } from './web-search.ts';
import { type InputContext, writeInput } from './write-input.ts';

/** Members of a chat client's body that Responses take as they are. */
const SHARED = ['metadata', 'safety_identifier', 'prompt_cache_retention', 'prompt_cache_options'];

/** Writes the body of a response. Throws ProxyError (400) for what it cannot tell. */
export function writeResponsesRequest(given: Conversation, target: RequestTarget): WrittenRequest {
  const losses = new Losses(given, 'responses', target);
  const conversation = fitted(given, target.model, losses);
  const context = { conversation, target, losses };
  const [first, ...others] = conversation.turns;
  const instructions = first === undefined ? undefined : instructionsOf(first);
  const body = withOthers(conversation, {
    model: target.model,
    ...(instructions === undefined ? {} : { instructions }),
    input: writeInput(instructions === undefined ? conversation.turns : others, context),
    ...tools(context),
    ...settings(context),
    ...(conversation.stream ? { stream: true } : {}),
    ...rest(context),
  });
  return { body, dropped: losses.names };
}

/** The body with the members of `reasoning` and `text` that only a client of Responses writes. */
function withOthers({ family, rest }: Conversation, members: Record<string, Json | undefined>): JsonObject {
  const body = defined(members);
  if (family !== 'responses') return body;
  for (const path of Object.keys(rest)) {
    const [name = '', member] = path.split('.', 2);
    if (member !== undefined) body[name] = { ...objectOf(body[name]), [member]: rest[path] ?? null };
  }
  return body;
}

/** The text of a first system turn, which Responses have a member for. */
function instructionsOf({ role, parts, name }: Turn): string | undefined {
  const [part] = parts;
  const isPlain = role === 'system' && name === undefined && parts.length === 1 && part?.kind === 'text';
  return isPlain ? part.text : undefined;
}

function settings(context: InputContext): Record<string, Json | undefined> {
  const { conversation, target } = context;
  refuseOrDrop(context);
  return {
    max_output_tokens: answerLimit(conversation, target.model),
    temperature: conversation.temperature,
    top_p: conversation.topP,
    top_logprobs: conversation.logprobs === 0 ? undefined : conversation.logprobs,
    text: writeText(conversation),
    reasoning: writeThinking(conversation.thinking),
    include: writeInclude(context),
    user: conversation.user,
    service_tier: conversation.serviceTier,
    prompt_cache_key: conversation.promptCacheKey,
  };
}

/** Wishes that Responses have no word for. */
function refuseOrDrop({ conversation, losses }: InputContext): void {
  const { stop, count, topK, seed, presencePenalty, frequencyPenalty, logitBias } = conversation;
  if (stop !== undefined && stop.length > 0) throw losses.refuse('stop');
  if (count !== undefined && count > 1) throw losses.refuse('count');
  if (topK !== undefined) losses.drop('topK');
  if (seed !== undefined) losses.drop('seed');
  if (presencePenalty !== undefined) losses.drop('presencePenalty');
  if (frequencyPenalty !== undefined) losses.drop('frequencyPenalty');
  if (logitBias !== undefined) losses.drop('logitBias');
}

function writeText({ format, rest, family }: Conversation): JsonObject | undefined {
  const verbosity = family === 'chat' || family === 'responses' ? textOf(rest['verbosity']) : undefined;
  if (format === undefined && verbosity === undefined) return undefined;
  return defined({ format: format === undefined ? undefined : writeFormat(format, family), verbosity });
}

function writeFormat(format: AnswerFormat, family: Family): JsonObject {
  if (format.kind !== 'schema') return { type: format.kind === 'text' ? 'text' : 'json_object' };
  const { name, schema, strict, description } = format;
  return defined({ type: 'json_schema', name, description, schema, strict: strict ?? leftOut(family) });
}

/** `strict` of a schema that does not say it: absent is strict here, and is not in every other family. */
function leftOut(family: Family): false | undefined {
  return family === 'responses' ? undefined : false;
}

function writeThinking(thinking: Thinking | undefined): JsonObject | undefined {
  if (thinking === undefined) return undefined;
  const summary = thinking.summary === 'none' ? undefined : thinking.summary;
  const reasoning = defined({ effort: effortWord(thinking), summary });
  return Object.keys(reasoning).length === 0 ? undefined : reasoning;
}

/** Encrypted reasoning is asked for wherever there may be some: the client can send it back. */
function writeInclude({ conversation, target }: InputContext): Json | undefined {
  const { rest, family, logprobs, thinking } = conversation;
  const own = family === 'responses' && Array.isArray(rest['include']) ? rest['include'] : [];
  const reasons = isReasoningModel(target.model) || (thinking !== undefined && effortWord(thinking) !== 'none');
  const include = [
    ...(reasons ? ['reasoning.encrypted_content'] : []),
    ...(logprobs === undefined ? [] : ['message.output_text.logprobs']),
    ...own,
  ];
  return include.length === 0 ? undefined : include;
}

function tools(context: InputContext): Record<string, Json | undefined> {
  const { conversation } = context;
  const all = conversation.tools ?? [];
  const list = all.map((tool, index) =>
    tool.kind === 'hosted' ? writeHosted(tool, index, context) : writeTool(tool, context),
  );
  return {
    tools: list.length === 0 ? undefined : list,
    tool_choice: list.length === 0 ? undefined : writeChoice(conversation.toolChoice, all),
    parallel_tool_calls: list.length === 0 ? undefined : conversation.parallelCalls,
  };
}

function writeHosted({ name, family, value, search }: HostedTool, index: number, { losses }: InputContext): JsonObject {
  if (family === 'responses') return value;
  if (name === 'web_search') {
    if (search?.blockedDomains !== undefined) losses.dropNamed('web_search.blocked_domains');
    if (search?.maxUses !== undefined) losses.dropNamed('web_search.max_uses');
    return writeWebSearch(search ?? {});
  }
  const type = textOf(value['type']) ?? name;
  throw losses.refuseNamed(
    `tools[${index}]`,
    `The tool '${type}' is one of another provider, which the endpoint of this model does not have.`,
  );
}

function writeTool(tool: Tool, { conversation }: InputContext): JsonObject {
  const { name, description, parameters, strict, format } = tool;
  if (tool.kind === 'custom') return defined({ type: 'custom', name, description, format });
  return defined({
    type: 'function',
    name,
    description,
    parameters: parameters ?? { type: 'object', properties: {} },
    strict: strict ?? leftOut(conversation.family),
  });
}

function writeChoice(choice: ToolChoice | undefined, tools: readonly (Tool | HostedTool)[]): Json | undefined {
  if (choice === undefined) return undefined;
  if (choice.kind !== 'named') return choice.kind;
  const named = choice.names.map((name) => {
    const custom = tools.some((tool) => tool.kind === 'custom' && tool.name === name);
    return { type: custom ? 'custom' : 'function', name };
  });
  const [first] = named;
  if (choice.required && named.length === 1 && first !== undefined) return first;
  return { type: 'allowed_tools', mode: choice.required ? 'required' : 'auto', tools: named };
}

function rest({ conversation, losses }: InputContext): JsonObject {
  const { family, rest: given } = conversation;
  const written = new Set(['verbosity', 'include', 'store']);
  const body: JsonObject = {};
  if (family === 'responses') {
    for (const name in given) {
      const value = given[name];
      if (value !== undefined && !name.includes('.') && !(written.has(name) && name !== 'store')) body[name] = value;
    }
    return body;
  }
  // What the client did not ask to be kept is not kept.
  body['store'] = given['store'] === true && family === 'chat';
  for (const name of SHARED) {
    const value = family === 'chat' ? given[name] : undefined;
    if (value === undefined || value === null) continue;
    written.add(name);
    body[name] = value;
  }
  losses.settle(conversation, written);
  return body;
}
