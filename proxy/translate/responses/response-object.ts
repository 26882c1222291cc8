import type { Json, JsonObject } from '../../core/json.ts';
import { defined, numberOf, objectOf, objectsOf, textOf } from '../fields.ts';
import type { AnswerContext, NeutralUsage } from '../steps.ts';

/** The head of a response and what the request says in it, as the real API writes both. */
export function responseBase(
  context: AnswerContext,
  head: { readonly id: string; readonly model: string; readonly created: number },
): JsonObject {
  const { request } = context;
  const or = (name: string, fallback: Json): Json => request[name] ?? fallback;
  const conversation = request['conversation'] ?? null;
  return {
    id: head.id,
    object: 'response',
    created_at: head.created,
    status: 'in_progress',
    background: or('background', false),
    completed_at: null,
    error: null,
    frequency_penalty: 0,
    incomplete_details: null,
    instructions: or('instructions', null),
    max_output_tokens: or('max_output_tokens', null),
    max_tool_calls: or('max_tool_calls', null),
    model: head.model,
    output: [],
    parallel_tool_calls: or('parallel_tool_calls', true),
    presence_penalty: 0,
    previous_response_id: or('previous_response_id', null),
    prompt_cache_key: or('prompt_cache_key', null),
    prompt_cache_retention: or('prompt_cache_retention', null),
    reasoning: { effort: null, summary: null, ...objectOf(request['reasoning']) },
    safety_identifier: or('safety_identifier', null),
    service_tier: or('service_tier', 'auto'),
    store: or('store', true),
    temperature: or('temperature', 1),
    text: {
      verbosity: 'medium',
      ...objectOf(request['text']),
      format: formatOf(objectOf(objectOf(request['text'])?.['format'])),
    },
    tool_choice: or('tool_choice', 'auto'),
    tools: objectsOf(request['tools']).map(toolOf),
    top_logprobs: or('top_logprobs', 0),
    top_p: or('top_p', 1),
    truncation: or('truncation', 'disabled'),
    usage: null,
    user: or('user', null),
    metadata: or('metadata', {}),
    ...(conversation === null
      ? {}
      : { conversation: typeof conversation === 'string' ? { id: conversation } : conversation }),
  };
}

function formatOf(format: JsonObject | undefined): JsonObject {
  if (format === undefined) return { type: 'text' };
  return format['type'] === 'json_schema' ? { description: null, strict: false, ...format } : format;
}

function toolOf(tool: JsonObject): JsonObject {
  return tool['type'] === 'function' ? { description: null, strict: true, parameters: null, ...tool } : tool;
}

export function writeResponseUsage({ input, output, cacheRead, cacheWrite, reasoning }: NeutralUsage): JsonObject {
  return {
    input_tokens: input,
    input_tokens_details: defined({ cached_tokens: cacheRead ?? 0, cache_write_tokens: cacheWrite }),
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: reasoning ?? 0 },
    total_tokens: input + output,
  };
}

export function readResponseUsage(usage: JsonObject | undefined): NeutralUsage | undefined {
  const input = numberOf(usage?.['input_tokens']);
  if (usage === undefined || input === undefined) return undefined;
  const details = objectOf(usage['input_tokens_details']);
  const cacheRead = numberOf(details?.['cached_tokens']);
  const cacheWrite = numberOf(details?.['cache_write_tokens']);
  const reasoning = numberOf(objectOf(usage['output_tokens_details'])?.['reasoning_tokens']);
  return {
    input,
    output: numberOf(usage['output_tokens']) ?? 0,
    ...(cacheRead === undefined ? {} : { cacheRead }),
    ...(cacheWrite === undefined ? {} : { cacheWrite }),
    ...(reasoning === undefined ? {} : { reasoning }),
  };
}

/** Why a response is incomplete; undefined where it is complete. */
export function incompleteReason(cause: string, refused: boolean): 'max_output_tokens' | 'content_filter' | undefined {
  if (cause === 'length' || cause === 'context_length') return 'max_output_tokens';
  if (cause === 'filter' || (cause === 'refusal' && !refused)) return 'content_filter';
  return undefined;
}

export function textsOf(parts: Json | undefined): string[] {
  return objectsOf(parts).flatMap((part) => textOf(part['text']) ?? []);
}
