import { type ErrorCode, ProxyError } from '../../core/errors.ts';
import { isJsonObject } from '../../core/json.ts';
import { usdText } from '../../core/money.ts';
import { parseObject } from '../../wire/json-object.ts';
import type { RequestContext } from '../context.ts';
import { answerHeaders } from '../headers.ts';
import { respond } from '../respond.ts';
import type { Runtime } from '../runtime.ts';
import { AnswerCollector } from './answer-collector.ts';

/** Failures that are no provider's. */
const OWN: ReadonlySet<ErrorCode> = new Set(['provider_limited', 'shutting_down', 'internal_error', 'loop_detected']);
/** Failures of the key that the user has stored: sentences of this proxy's own. */
const OF_KEY: ReadonlySet<ErrorCode> = new Set([
  'credential_rejected',
  'credential_quota',
  'credential_limited',
  'credential_unreadable',
]);
const USD_DIGITS = 6;

/** Collects the answer and gives the client what the gateway says of it. Throws ProxyError `upstream_failed`, `provider_limited`. */
export async function respondGenerate(context: RequestContext, runtime: Runtime): Promise<void> {
  const client = context.responder;
  const collector = new AnswerCollector(client);
  context.responder = collector;
  try {
    await respond(context, runtime);
  } catch (error) {
    throw error instanceof ProxyError && !OWN.has(error.code) && !OF_KEY.has(error.code)
      ? failed(context, error)
      : error;
  } finally {
    context.responder = client;
  }
  if (context.left) return;
  const content = collector.status === 200 ? contentOf(collector.body) : undefined;
  if (content === undefined) throw failed(context);
  const body = Buffer.from(JSON.stringify(answerOf(context, content, runtime.clock.monotonic() - context.startedAt)));
  context.status = 200;
  const headers = answerHeaders(context, [['content-type', 'application/json']]);
  client.head(200, [...headers, 'content-length', String(body.length)]);
  client.end(body);
}

function answerOf(context: RequestContext, content: string, ms: number): object {
  const { gateway, facts, usage, cacheStatus, account } = context;
  const cost = account?.costOfAnswer(context) ?? null;
  return {
    content,
    provider: gateway?.provider,
    model: facts?.model,
    input_tokens: usage?.input ?? 0,
    output_tokens: usage?.output ?? 0,
    cost_usd: cost === null ? null : Number(Number(usdText(cost)).toFixed(USD_DIGITS)),
    cached: cacheStatus === 'hit' || cacheStatus === 'joined' || cacheStatus === 'stale',
    latency_ms: Math.round(ms),
  };
}

/** What the model has written; undefined for what is no answer. */
function contentOf(body: Buffer): string | undefined {
  const choices = parseObject(body.toString())?.['choices'];
  const first: unknown = Array.isArray(choices) ? choices[0] : undefined;
  const message = isJsonObject(first) ? first['message'] : undefined;
  if (!isJsonObject(message)) return undefined;
  const { content, refusal } = message;
  if (typeof content === 'string') return content;
  return typeof refusal === 'string' ? refusal : '';
}

/** Nothing that the provider said is in it. */
function failed({ gateway, status, errorCode }: RequestContext, cause?: ProxyError): ProxyError {
  const said = errorCode === 'upstream_error' && status >= 400 ? ` It answered with status ${status}.` : '';
  const pause = cause?.headers['retry-after'];
  const headers: Record<string, string> = pause === undefined ? {} : { 'retry-after': pause };
  return new ProxyError('upstream_failed', `The provider '${gateway?.provider ?? ''}' failed.${said}`, { headers });
}
