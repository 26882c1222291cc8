import type { Attributes } from '@opentelemetry/api';
import { NANO_PER_USD } from '../core/money.ts';
import type { OutcomeKind } from '../core/outcome.ts';
import type { TokenUsage } from '../protocols/types.ts';
import type { AttemptRecord } from '../telemetry/attempt-record.ts';
import type { ExchangeRecord } from '../telemetry/exchange-record.ts';
import type { ExchangeTrace } from '../telemetry/exchange-trace.ts';
import type { AnsweredWith } from './answer-facts.ts';
import { operationName, providerName, shownModel } from './names.ts';

const GOOD: ReadonlySet<OutcomeKind> = new Set(['ok', 'hedge_lost', 'client_left']);

/** Attributes whose value is not known are left out. */
type Draft = Record<string, string | number | boolean | readonly string[] | undefined>;

/** Of the span of a request. What its answer was billed stands on the spans of attempts: a sum over all spans counts it once. */
export function exchangeAttributes(
  record: ExchangeRecord,
  { cost }: ExchangeTrace,
  provider: string | undefined,
  answer: AnsweredWith,
): Attributes {
  const { tokens, termination } = record;
  const isWhole = termination.phase === 'done';
  return known({
    'http.request.method': record.method,
    'url.path': record.path.replace(/\?.*$/s, ''),
    'http.response.status_code': record.status,
    'gen_ai.operation.name': operationName(record.operation),
    'gen_ai.provider.name': provider && providerName(provider),
    'gen_ai.request.model': record.model && shownModel(record.model),
    ...answerAttributes(answer),
    'error.type': errorType(record),
    'llmproxy.request_id': record.id,
    'llmproxy.operation': record.operation,
    'llmproxy.stream': record.stream ? true : undefined,
    'llmproxy.cache.result': record.cache,
    'llmproxy.endpoint': record.endpoint,
    'llmproxy.attempts': record.attempts,
    'llmproxy.hedged': record.hedged === true ? true : undefined,
    'llmproxy.ended_by': isWhole ? undefined : termination.by,
    'llmproxy.ended_in': isWhole ? undefined : termination.phase,
    'llmproxy.time_to_first_token_ms': record.ttftMs,
    'llmproxy.answer.input_tokens': tokens?.input,
    'llmproxy.answer.output_tokens': tokens?.output,
    'llmproxy.virtual_key': record.key,
    'llmproxy.cost_usd': typeof cost === 'bigint' ? Number(cost) / Number(NANO_PER_USD) : undefined,
  });
}

/** Of the span of an attempt. `asked`: operation and public model of the request. */
export function attemptAttributes(
  attempt: AttemptRecord,
  asked: { readonly operation: string; readonly model: string | undefined },
  usage: TokenUsage | undefined,
  answer: AnsweredWith | undefined,
): Attributes {
  const { protocol, begin, firstEvent, outcome } = attempt;
  const { hostname, port } = addressOf(attempt.origin);
  const model = attempt.model ?? asked.model;
  return known({
    'gen_ai.operation.name': operationName(protocol ?? asked.operation),
    'gen_ai.provider.name': providerName(attempt.provider),
    'gen_ai.request.model': model && shownModel(model),
    ...(answer ? answerAttributes(answer) : {}),
    ...(usage ? usageAttributes(usage) : {}),
    'server.address': hostname,
    'server.port': port,
    'http.response.status_code': attempt.status,
    'error.type': isFailed(attempt) ? outcome : undefined,
    'llmproxy.endpoint': attempt.endpoint,
    'llmproxy.attempt': attempt.ordinal,
    'llmproxy.outcome': outcome,
    'llmproxy.hedged': attempt.hedged ? true : undefined,
    'llmproxy.protocol': protocol,
    'llmproxy.time_to_first_token_ms': firstEvent === undefined ? undefined : firstEvent - begin,
  });
}

/** One that was given up, because another was faster or its client left, has not failed. */
export function isFailed({ outcome }: AttemptRecord): boolean {
  return outcome !== undefined && !GOOD.has(outcome);
}

function usageAttributes({ input, output, cachedInput, cacheWrite, reasoning }: TokenUsage): Draft {
  return {
    'gen_ai.usage.input_tokens': input,
    'gen_ai.usage.output_tokens': output,
    'gen_ai.usage.cache_read.input_tokens': cachedInput,
    'gen_ai.usage.cache_creation.input_tokens': cacheWrite,
    'gen_ai.usage.reasoning.output_tokens': reasoning,
  };
}

function answerAttributes({ model, finishReasons }: AnsweredWith): Draft {
  return {
    'gen_ai.response.model': model,
    'gen_ai.response.finish_reasons': finishReasons.length === 0 ? undefined : finishReasons,
  };
}

/** The proxy's own code of an error, else what the status says; undefined for a request that was answered. */
function errorType({ error, status, termination }: ExchangeRecord): string | undefined {
  if (error !== undefined) return error;
  if (termination.by === 'client') return 'client_left';
  return status >= 400 ? String(status) : undefined;
}

function addressOf(origin: string): { readonly hostname: string | undefined; readonly port: number | undefined } {
  const url = URL.parse(origin);
  if (url === null) return { hostname: undefined, port: undefined };
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  return { hostname: url.hostname, port };
}

function known(draft: Draft): Attributes {
  const attributes: Attributes = {};
  for (const name in draft) {
    const value = draft[name];
    if (value !== undefined) attributes[name] = typeof value === 'object' ? [...value] : value;
  }
  return attributes;
}
