import type { ModelFacts } from '../../generation/models.ts';
import { asText, objectsIn } from '../content.ts';
import { float, json, quote } from '../json.ts';
import type { ResponseStatus } from '../reply.ts';
import { closedSchema } from './closed-schema.ts';
import { servedTier } from '../service-tier.ts';
import type { Body } from '../validate.ts';
import { isBody } from '../validate.ts';

/** A Response object with holes for what changes during its life; everything else is rendered once. */
export interface ResponseFrame {
  readonly id: string;
  readonly beforeStatus: string;
  readonly background: boolean;
  readonly conversation: string;
  readonly penalty: string;
  readonly beforeModeration: string;
  readonly beforeTier: string;
  /** That serves it in the end. */
  readonly tier: string;
  readonly beforeSearches: string;
  readonly beforeUsage: string;
  readonly afterUsage: string;
}

/** What changes during a response's life. */
export interface ResponseMoment {
  readonly status: ResponseStatus;
  /** Unix seconds; null until it is done. */
  readonly completedAt: number | null;
  /** Compact JSON array of the output items. */
  readonly output: string;
  /** Compact JSON, or `null`. */
  readonly usage: string;
  /** Searches of the web that are billed. Default 0. */
  readonly searches?: number | undefined;
  /** Compact JSON; only of finished ones that asked for it. */
  readonly moderation?: string | undefined;
  readonly incompleteReason?: string | undefined;
  /** Compact JSON. */
  readonly error?: string | undefined;
}

const TOOL_USAGE =
  '"tool_usage":{"image_gen":{"input_tokens":0,"input_tokens_details":{"image_tokens":0,"text_tokens":0},"output_tokens":0,' +
  '"output_tokens_details":{"image_tokens":0,"text_tokens":0},"total_tokens":0},"web_search":{"num_requests":';

function textEcho(text: unknown): string {
  if (text === undefined) return '{"format":{"type":"text"},"verbosity":"medium"}';
  const asked = isBody(text) ? text : {};
  const format = isBody(asked['format']) ? asked['format'] : { type: 'text' };
  const shown =
    format['type'] === 'json_schema'
      ? `{"type":"json_schema","description":${json(format['description'] ?? null)},"name":${json(format['name'])},` +
        `"schema":${json(format['schema'])},"strict":${json(format['strict'] ?? false)}}`
      : json({ type: format['type'] });
  return `{"format":${shown},"verbosity":${json(asked['verbosity'] ?? 'medium')}}`;
}

/** A function is strict unless it says otherwise, and then is shown closed. An empty description is none. */
function functionEcho(tool: Body): string {
  const { description, name, parameters = null, strict: asked } = tool;
  const strict = asked ?? true;
  const shown = strict === true ? closedSchema(parameters) : parameters;
  return (
    `{"type":"function","description":${json(description || null)},"name":${json(name)},` +
    `"parameters":${json(shown)},"strict":${json(strict)}}`
  );
}

const USUAL_CONTEXT = 'medium';

/** Of a request that says nothing about where it comes from. */
const USUAL_LOCATION = { country: 'US' };

/** A search of the web is shown with everything it might have been given. */
function webSearchEcho(tool: Body): string {
  const { type, filters, search_context_size: size, user_location: location, ...others } = tool;
  const preview = asText(type).startsWith('web_search_preview');
  const given: Body = isBody(location) ? location : USUAL_LOCATION;
  const { city = null, country = null, region = null, timezone = null } = given;
  return json({
    type,
    ...(preview ? {} : { filters: filters ?? null }),
    search_context_size: size ?? USUAL_CONTEXT,
    user_location: { type: 'approximate', city, country, region, timezone },
    ...others,
  });
}

function toolEcho(tool: Body): string {
  if (tool['type'] === 'function') return functionEcho(tool);
  return asText(tool['type']).startsWith('web_search') ? webSearchEcho(tool) : json(tool);
}

const toolsEcho = (tools: unknown): string => `[${objectsIn(tools).map(toolEcho).join(',')}]`;

function reasoningEcho(reasoning: unknown, model: ModelFacts): string {
  if (!model.reasoning) return '{"context":null,"effort":null,"summary":null}';
  const asked = isBody(reasoning) ? reasoning : {};
  const summary = asked['summary'] === 'auto' ? 'detailed' : (asked['summary'] ?? null);
  const effort = asText(asked['effort']) || (model.defaultEffort ?? 'medium');
  const context = asText(asked['context']);
  const shown = context === '' || context === 'auto' ? model.reasoningContext : context;
  const mode = asText(asked['mode']) || 'standard';
  return `{"context":${json(shown)},"effort":${quote(effort)},"mode":${quote(mode)},"summary":${json(summary)}}`;
}

/** A stored prompt, when the request names one. */
function promptEcho(prompt: unknown): string {
  if (!isBody(prompt)) return '';
  const { id, variables = {}, version = '1' } = prompt;
  return `"prompt":${json({ id, variables, version })},`;
}

function cacheOptionsEcho(options: unknown): string {
  if (!isBody(options)) return '';
  const { mode = 'implicit', ttl = '30m' } = options;
  return `"prompt_cache_options":${json({ mode, ttl })},`;
}

function number(value: unknown, otherwise: number): string {
  return float(typeof value === 'number' ? value : otherwise);
}

function conversationEcho(conversation: unknown): string {
  const id = isBody(conversation) ? conversation['id'] : conversation;
  return typeof id === 'string' ? `"conversation":{"id":${quote(id)}},` : '';
}

export function responseFrame(id: string, createdAt: number, body: Body, model: ModelFacts): ResponseFrame {
  const echo = (name: string, otherwise: unknown = null): string => `"${name}":${json(body[name] ?? otherwise)},`;
  return {
    id,
    beforeStatus: `{"id":"${id}","object":"response","created_at":${createdAt},"status":`,
    background: body['background'] === true,
    conversation: conversationEcho(body['conversation']),
    penalty: number(body['frequency_penalty'], 0),
    beforeModeration:
      `${echo('instructions')}${echo('max_output_tokens')}${echo('max_tool_calls')}"model":${quote(model.snapshot)},` +
      '"moderation":',
    beforeTier:
      `${echo('parallel_tool_calls', true)}"presence_penalty":${number(body['presence_penalty'], 0)},` +
      `${echo('previous_response_id')}${promptEcho(body['prompt'])}${echo('prompt_cache_key')}${cacheOptionsEcho(body['prompt_cache_options'])}${echo('prompt_cache_retention', model.cacheRetention)}` +
      `"reasoning":${reasoningEcho(body['reasoning'], model)},${echo('safety_identifier')}"service_tier":`,
    tier: servedTier(body),
    beforeSearches:
      `${echo('store', true)}"temperature":${number(body['temperature'], 1)},"text":${textEcho(body['text'])},` +
      `${echo('tool_choice', 'auto')}${TOOL_USAGE}`,
    beforeUsage:
      `}},"tools":${toolsEcho(body['tools'])},` +
      `${echo('top_logprobs', 0)}"top_p":${number(body['top_p'], model.topP)},${echo('truncation', 'disabled')}"usage":`,
    afterUsage: `${echo('user')}"metadata":${json(body['metadata'] ?? {})}}`,
  };
}

/** Compact JSON of the response at a moment of its life, in the provider's key order. */
export function responseJson(frame: ResponseFrame, at: ResponseMoment): string {
  const pending = at.status === 'queued' || at.status === 'in_progress' || at.status === 'cancelled';
  const incomplete = at.incompleteReason === undefined ? 'null' : `{"reason":"${at.incompleteReason}"}`;
  // Joined, and not added up: every snapshot is written more than once, and the last one is kept.
  return [
    frame.beforeStatus,
    `"${at.status}","background":${frame.background},"completed_at":${at.completedAt},`,
    frame.conversation,
    `"error":${at.error ?? 'null'},"frequency_penalty":${frame.penalty},"incomplete_details":${incomplete},`,
    frame.beforeModeration,
    at.moderation ?? 'null',
    ',"output":',
    at.output,
    ',',
    frame.beforeTier,
    `"${pending ? 'auto' : frame.tier}",`,
    frame.beforeSearches,
    at.searches ?? 0,
    frame.beforeUsage,
    at.usage,
    ',',
    frame.afterUsage,
  ].join('');
}
