import type { Generation } from '../../generation/generate.ts';
import type { DialectContext } from '../reply.ts';
import type { Body } from '../validate.ts';
import type { MarkedCache } from './cache.ts';
import { markedCache } from './cache.ts';
import type { ClaudeFacts } from '../../generation/claude-models.ts';
import { counterFor, messagesPromptTokens } from './tokens.ts';

export interface MessageUsage {
  /** Neither read from the cache nor written to it. */
  readonly input: number;
  readonly cache: MarkedCache;
  /** Includes thinking. */
  readonly output: number;
  readonly thinking: number;
}

/** What a request and its answer cost. */
export function messageUsage(
  body: Body,
  model: string,
  facts: ClaudeFacts,
  answer: Generation,
  context: DialectContext,
): MessageUsage {
  const claimed = answer.usage;
  const total = claimed?.inputTokens ?? messagesPromptTokens(body, model, context);
  const cache =
    claimed?.cachedTokens === undefined
      ? markedCache(body, facts, total, counterFor(model, context), context)
      : { read: claimed.cachedTokens, written5m: 0, written1h: 0 };
  const visible = Math.ceil(answer.visibleTokens * facts.tokenFactor);
  return {
    input: Math.max(0, total - cache.read - cache.written5m - cache.written1h),
    cache,
    output: claimed?.outputTokens ?? Math.max(1, visible + answer.reasoningTokens),
    thinking: answer.reasoningTokens,
  };
}

/** Tokens of the prompt, whatever of it was cached. */
export function wholeInput({ input, cache }: MessageUsage): number {
  return input + cache.read + cache.written5m + cache.written1h;
}

export interface ServerUse {
  readonly searches: number;
  readonly fetches: number;
}

/** What belongs to a usage besides its tokens. */
export interface UsageFrame {
  readonly tier: 'standard' | 'batch';
  /** The model tells how much of the output was thinking. */
  readonly details: boolean;
  /** Of the provider's tools; absent where none was offered. */
  readonly serverTools?: ServerUse | undefined;
}

const NO_USE: ServerUse = { searches: 0, fetches: 0 };

const inputCounters = ({ input, cache }: MessageUsage): string =>
  `"input_tokens":${input},"cache_creation_input_tokens":${cache.written5m + cache.written1h},"cache_read_input_tokens":${cache.read}`;

const detailsPart = ({ thinking }: MessageUsage, { details }: UsageFrame): string =>
  details ? `,"output_tokens_details":{"thinking_tokens":${thinking}}` : '';

const serverPart = ({ serverTools }: UsageFrame): string =>
  serverTools === undefined
    ? ''
    : `,"server_tool_use":{"web_search_requests":${serverTools.searches},"web_fetch_requests":${serverTools.fetches}}`;

/** Compact JSON of a whole message's usage; `begun`: at the start of a stream, when nothing but the first token is there. */
export function usageJson(usage: MessageUsage, frame: UsageFrame, begun = false): string {
  const { written5m, written1h } = usage.cache;
  const creation = `"cache_creation":{"ephemeral_5m_input_tokens":${written5m},"ephemeral_1h_input_tokens":${written1h}}`;
  const output = begun ? Math.min(1, usage.output) : usage.output;
  const details = begun ? detailsPart({ ...usage, thinking: 0 }, frame) : detailsPart(usage, frame);
  const used = begun && frame.serverTools ? { ...frame, serverTools: NO_USE } : frame;
  return `{${inputCounters(usage)},${creation},"output_tokens":${output}${details},"service_tier":"${frame.tier}","inference_geo":"not_available"${serverPart(used)}}`;
}

/** Compact JSON of the totals at the end of a stream. */
export function finalUsageJson(usage: MessageUsage, frame: UsageFrame): string {
  return `{${inputCounters(usage)},"output_tokens":${usage.output}${detailsPart(usage, frame)}${serverPart(frame)}}`;
}
