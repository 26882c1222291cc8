import { CONVERSATIONS, itemsOf } from '../../dialects/conversations/store.ts';
import { errorReply } from '../../dialects/errors.ts';
import { familyOf } from '../../dialects/families.ts';
import { failureReply } from '../../dialects/family.ts';
import { requestKey } from '../../dialects/keys.ts';
import type {
  DialectContext,
  DialectRequest,
  Admission,
  HeaderList,
  Operation,
  Reply,
  StrictRefusal,
} from '../../dialects/reply.ts';
import { asText } from '../../dialects/content.ts';
import { isBody } from '../../dialects/validate.ts';
import { modelFacts } from '../../generation/models.ts';
import { retryHeaders, standingHeaders } from '../../limits/headers.ts';
import type { Limiter, Verdict } from '../../limits/limiter.ts';
import type { Strictness, StrictnessSetting, Surroundings, Violation } from '../../strictness/index.ts';
import { strictnessFor, violationIn } from '../../strictness/index.ts';
import type { RefusalNotices } from './refusal-notices.ts';
import { mostAnswered, promptSize } from './prompt-size.ts';

/** What admission is decided by; both may change while the server runs. */
export interface Guards {
  readonly limiter: Limiter;
  readonly strictness: StrictnessSetting;
  /** Absent when strictness was chosen: then it is known what is let through. */
  readonly notices: RefusalNotices | undefined;
}

/** Counting is free of charge. */
const UNLIMITED = new Set(['responses.input_tokens', 'messages.count_tokens', 'countTokens']);

/** Once, when it is asked for first. */
function once(count: () => number): () => number {
  let counted: number | undefined;
  return () => (counted ??= count());
}

/** Empty for a request that names none. */
function modelOf({ reads }: Operation, request: DialectRequest): string {
  if (reads?.model !== undefined) return reads.model(request) ?? '';
  return asText(isBody(request.body) ? request.body['model'] : '');
}

function admitted(
  limiter: Limiter,
  operation: Operation,
  request: DialectRequest,
  context: DialectContext,
  promptTokens: () => number,
): Verdict | undefined {
  const model = modelOf(operation, request);
  if (!limiter.active || operation.method !== 'POST' || model === '') return undefined;
  if (UNLIMITED.has(operation.id) || !(context.models?.includes(model) ?? true)) return undefined;
  return limiter.admit({
    key: requestKey(request.headers, request.query),
    model,
    organization: context.organization,
    tokens: () => promptTokens() + (operation.reads?.mostAnswered?.(request.body) ?? mostAnswered(request.body)),
    now: context.now(),
  });
}

function inConversation(item: string, context: DialectContext): boolean {
  return context.objects.all(CONVERSATIONS).some(({ id }) => context.objects.get(itemsOf(id), item) !== undefined);
}

function surroundingsOf(
  operation: Operation,
  request: DialectRequest,
  context: DialectContext,
  promptTokens: () => number,
): Surroundings {
  const model = modelOf(operation, request);
  return {
    model,
    headers: request.headers,
    models: context.models,
    promptTokens,
    tokensOf: (text) => context.tokenizer.count(text, modelFacts(model).encoding),
    hasItem: (id) => {
      if (context.lenientIds) return true;
      const mark = `"id":${JSON.stringify(id)}`;
      const fits = (text: string): boolean => text.includes(mark);
      const stored = context.state.find(({ body, inputItems }) => fits(body) || inputItems.some(fits));
      return stored !== undefined || inConversation(id, context);
    },
  };
}

/** What is wrong with a request at a level, by the operation's own judgement or by the tables of rules. */
function violationOf(
  level: Strictness,
  operation: Operation,
  request: DialectRequest,
  surroundings: Surroundings,
  context: DialectContext,
): (Violation & Partial<StrictRefusal>) | undefined {
  const { method, path, strictAs = `${method} ${path}`, ownModels = false } = operation;
  const own = level === 'off' ? undefined : operation.refuses?.(request, level, context);
  const models = surroundings.models ?? (ownModels ? [surroundings.model ?? ''] : undefined);
  return own ?? violationIn(strictAs, request.body, level, { ...surroundings, models });
}

/** A body that is shorter than the smallest context window needs no counting. */
const SHORT_BYTES = 4096;

/** What is answered although the provider would refuse it. Ids are not looked up: that takes as long as the store is large. */
function notice(
  notices: RefusalNotices,
  operation: Operation,
  request: DialectRequest,
  context: DialectContext,
  promptTokens: () => number,
): void {
  const counted = request.rawBody.length < SHORT_BYTES ? () => 0 : promptTokens;
  const surroundings = { ...surroundingsOf(operation, request, context, counted), hasItem: () => true };
  notices.look(operation, () => violationOf('openai', operation, request, surroundings, context));
}

function refusedStrictly(
  level: Strictness,
  operation: Operation,
  request: DialectRequest,
  context: DialectContext,
  promptTokens: () => number,
): Reply | undefined {
  const { mostBytes = Infinity } = operation;
  if (level === 'openai' && request.rawBody.length > mostBytes) {
    return failureReply(familyOf(operation.family), 413, context);
  }
  const surroundings = surroundingsOf(operation, request, context, promptTokens);
  const found = violationOf(level, operation, request, surroundings, context);
  if (found === undefined) return undefined;
  return found.reply ?? familyOf(operation.family).errorReply(found.status, found, context);
}

/** Puts the true rate limits in place of the plausible ones; refused Responses requests carry none. */
function withStanding(reply: Reply, { standing }: Verdict, operation: Operation, context: DialectContext): Reply {
  if (reply.status >= 400 && operation.id.startsWith('responses')) return reply;
  const { limits } = familyOf(operation.family);
  if (limits !== undefined && reply.status >= 400) return reply;
  const truth = limits === undefined ? standingHeaders(standing) : limits.standing(standing, context);
  if (truth.length === 0) return reply;
  const names = new Set(truth.map(([name]) => name));
  const others: HeaderList = reply.headers.filter(([name]) => !names.has(name));
  return { ...reply, headers: [...others, ...truth] };
}

function refusedByLimit(
  verdict: Verdict,
  operation: Operation,
  request: DialectRequest,
  context: DialectContext,
): Reply | undefined {
  const { refusal, standing } = verdict;
  if (refusal === undefined) return undefined;
  const { limits } = familyOf(operation.family);
  if (limits !== undefined)
    return limits.refused({ ...refusal, model: modelOf(operation, request) }, standing, context);
  const { message, type, code } = refusal;
  const reply = errorReply(429, { message, type, code, param: null }, context);
  return { ...reply, headers: [...reply.headers, ...standingHeaders(standing), ...retryHeaders(refusal)] };
}

/** Admission by guards that are read anew for every request. */
export function admissionOf(guards: Guards): Admission {
  return (operation, request, context) => {
    const key = requestKey(request.headers, request.query);
    const level = strictnessFor(guards.strictness, key);
    const keyless =
      level === 'openai' && key === undefined
        ? familyOf(operation.family).refusedKey(request, { ...context, keys: [] })
        : undefined;
    if (keyless) return keyless;
    const promptTokens = once(() => promptSize(operation, request, context));
    const verdict = admitted(guards.limiter, operation, request, context, promptTokens);
    const limited = verdict && refusedByLimit(verdict, operation, request, context);
    if (limited) return limited;
    const refused = level === 'off' ? undefined : refusedStrictly(level, operation, request, context, promptTokens);
    const reply = refused ?? operation.handle(request, context);
    if (guards.notices && operation.method === 'POST' && reply.status < 400)
      notice(guards.notices, operation, request, context, promptTokens);
    if (verdict === undefined) return reply;
    const model = modelOf(operation, request);
    if (reply.billed && model !== '') guards.limiter.charge(key, model, reply.billed);
    return withStanding(reply, verdict, operation, context);
  };
}
