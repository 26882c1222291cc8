import { ProxyError } from '../../core/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import type { AnswerFormat, Conversation, Effort, Thinking, Turn } from '../conversation.ts';
import {
  objectList,
  optionalBoolean,
  optionalNumber,
  optionalObject,
  optionalString,
  optionalStrings,
  requiredObject,
  requiredString,
  without,
} from '../values.ts';
import { readBlocks } from './read-blocks.ts';
import { readToolChoice, readTools } from './read-tools.ts';

const READ = new Set([
  'model',
  'messages',
  'system',
  'max_tokens',
  'stop_sequences',
  'stream',
  'temperature',
  'top_p',
  'top_k',
  'tools',
  'tool_choice',
  'thinking',
  'output_config',
  'output_format',
  'metadata',
  'service_tier',
]);

/** Reads a request of Anthropic's Messages API. Throws ProxyError naming the field, `thread_not_found` for a thread that goes on. */
export function readRequest(body: JsonObject): Conversation {
  const rest = without(body, READ);
  const outputConfig = optionalObject(body['output_config'], 'output_config') ?? {};
  for (const [name, value] of Object.entries(without(outputConfig, new Set(['effort', 'format'])))) {
    rest[`output_config.${name}`] = value;
  }
  const metadata = optionalObject(body['metadata'], 'metadata') ?? {};
  for (const [name, value] of Object.entries(without(metadata, new Set(['user_id'])))) rest[`metadata.${name}`] = value;
  refuseContinued(body);
  const turns = readTurns(body, rest);
  const choice = optionalObject(body['tool_choice'], 'tool_choice');
  const disableParallel = optionalBoolean(
    choice?.['disable_parallel_tool_use'],
    'tool_choice.disable_parallel_tool_use',
  );
  return {
    family: 'messages',
    model: optionalString(body['model'], 'model') ?? '',
    stream: optionalBoolean(body['stream'], 'stream') ?? false,
    turns,
    ...(body['tools'] === undefined ? {} : { tools: readTools(body['tools'], rest) }),
    toolChoice: choice === undefined ? undefined : readToolChoice(choice),
    parallelCalls: disableParallel === undefined ? undefined : !disableParallel,
    format: readFormat(outputConfig['format'] ?? body['output_format']),
    thinking: readThinking(optionalObject(body['thinking'], 'thinking'), outputConfig['effort']),
    ...readSettings(body, metadata),
    includeUsage: true,
    rest,
  };
}

/** Only what is new is in the request: the rest of the conversation is kept by a provider, and not by this one. */
function refuseContinued({ thread }: JsonObject): void {
  if (!isJsonObject(thread) || thread['type'] !== 'continue') return;
  const id = typeof thread['previous_message_id'] === 'string' ? thread['previous_message_id'] : '';
  throw new ProxyError('thread_not_found', `thread: no thread is stored under ${id}`, { param: 'thread' });
}

function readSettings(body: JsonObject, metadata: JsonObject): Partial<Conversation> {
  return {
    maxTokens: optionalNumber(body['max_tokens'], 'max_tokens'),
    temperature: optionalNumber(body['temperature'], 'temperature'),
    topP: optionalNumber(body['top_p'], 'top_p'),
    topK: optionalNumber(body['top_k'], 'top_k'),
    stop: optionalStrings(body['stop_sequences'], 'stop_sequences'),
    user: optionalString(metadata['user_id'], 'metadata.user_id'),
    serviceTier: readTier(optionalString(body['service_tier'], 'service_tier')),
  };
}

/** `standard_only` is what OpenAI calls `default`. */
function readTier(tier: string | undefined): string | undefined {
  return tier === 'standard_only' ? 'default' : tier;
}

function readTurns(body: JsonObject, rest: JsonObject): Turn[] {
  const turns: Turn[] = [];
  const { system } = body;
  if (system !== undefined && system !== null) {
    turns.push({ role: 'system', parts: readBlocks(system, 'system', rest) });
  }
  if (body['messages'] === undefined) {
    throw new ProxyError('missing_required_parameter', "Missing 'messages'.", { param: 'messages' });
  }
  for (const [at, message] of objectList(body['messages'], 'messages').entries()) {
    const path = `messages[${at}]`;
    turns.push({
      role: readRole(requiredString(message['role'], `${path}.role`), path),
      parts: readBlocks(message['content'], `${path}.content`, rest),
    });
  }
  return turns;
}

function readRole(role: string, path: string): Turn['role'] {
  if (role === 'user' || role === 'assistant' || role === 'system') return role;
  throw new ProxyError('invalid_value', `Invalid value for '${path}.role': expected user, assistant or system.`, {
    param: `${path}.role`,
  });
}

function readFormat(value: Json | undefined): AnswerFormat | undefined {
  const format = optionalObject(value, 'output_config.format');
  if (format === undefined) return undefined;
  const schema = requiredObject(format['schema'], 'output_config.format.schema');
  const name = optionalString(format['name'], 'output_config.format.name') ?? 'answer';
  return { kind: 'schema', name, schema, strict: true };
}

const EFFORTS: ReadonlySet<string> = new Set<Effort>(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']);

function readThinking(thinking: JsonObject | undefined, effortValue: Json | undefined): Thinking | undefined {
  const named = optionalString(effortValue, 'output_config.effort');
  const effort = named !== undefined && EFFORTS.has(named) ? (named as Effort) : undefined;
  if (thinking === undefined) return effort === undefined ? undefined : { effort };
  const type = requiredString(thinking['type'], 'thinking.type');
  if (type === 'disabled') return { effort: 'none' };
  const summary = readDisplay(optionalString(thinking['display'], 'thinking.display'));
  const budget = type === 'adaptive' ? -1 : optionalNumber(thinking['budget_tokens'], 'thinking.budget_tokens');
  return { effort, budget, summary };
}

function readDisplay(display: string | undefined): string | undefined {
  if (display === undefined) return undefined;
  return display === 'omitted' ? 'none' : 'auto';
}
