import type { Generation } from '../../generation/generate.ts';
import { generate } from '../../generation/generate.ts';
import type { Prompt, Turn } from '../../generation/prompt.ts';
import { badRequest } from '../errors.ts';
import { rateLimitHeaders, successHeaders } from '../headers.ts';
import { pretty } from '../json.ts';
import type { DialectContext, DialectRequest, Operation, Reply, StoredResponse } from '../reply.ts';
import type { Body } from '../validate.ts';
import { checkedBody, isBody } from '../validate.ts';
import { refusedResponse, refusedTurns } from './fields.ts';
import type { ResponseFrame, ResponseMoment } from './frame.ts';
import { responseFrame, responseJson } from './frame.ts';
import { itemIds } from './ids.ts';
import { inputItems, inputTurns, listedItems, turnOf } from './input.ts';
import type { OutputItem } from './items.ts';
import { outputItems } from './items.ts';
import { inputTokens, responsesPrompt } from './prompt.ts';
import { responseEvents } from './stream.ts';

interface Usage {
  readonly input: number;
  readonly output: number;
  readonly json: string;
}

function usageOf(prompt: Prompt, answer: Generation, counted: number): Usage {
  const natural = answer.visibleTokens + prompt.model.responsesOverhead + answer.reasoningTokens;
  const bounded = prompt.scripted === undefined ? Math.min(natural, prompt.maxTokens ?? natural) : natural;
  const input = answer.usage?.inputTokens ?? counted;
  const output = answer.usage?.outputTokens ?? bounded;
  const json =
    `{"input_tokens":${input},"input_tokens_details":{"cached_tokens":${answer.usage?.cachedTokens ?? 0}},` +
    `"output_tokens":${output},"output_tokens_details":{"reasoning_tokens":${answer.reasoningTokens}},` +
    `"total_tokens":${input + output}}`;
  return { input, output, json };
}

function incompleteReason(answer: Generation): string | undefined {
  if (answer.finish === 'length') return 'max_output_tokens';
  return answer.finish === 'content_filter' ? 'content_filter' : undefined;
}

const NO_NAMES: ReadonlyMap<string, string> = new Map();

/** The answer as turns, so that a response that follows can count and check it. */
function answerTurns(items: readonly OutputItem[]): readonly Turn[] {
  return items.flatMap((item): readonly Turn[] => {
    if (item.kind === 'message') return [{ role: 'assistant', text: item.text }];
    if (item.kind === 'reasoning') return [];
    if (item.kind === 'hosted') return [turnOf(item.value, NO_NAMES)].filter((turn) => turn !== undefined);
    return [{ role: 'assistant', text: item.call.name + item.call.input, name: item.call.name, callId: item.callId }];
  });
}

/** The object at each moment of its life, as compact JSON. */
interface Moments {
  readonly created: string;
  readonly inProgress: string;
  readonly final: string;
  readonly stored: string;
  readonly cancelled: string;
}

function moments(frame: ResponseFrame, final: ResponseMoment): Moments {
  const waiting = { completedAt: null, output: '[]', usage: 'null', billing: false };
  const inProgress = responseJson(frame, { ...waiting, status: 'in_progress' });
  return {
    created: frame.background ? responseJson(frame, { ...waiting, status: 'queued' }) : inProgress,
    inProgress,
    final: responseJson(frame, final),
    stored: responseJson(frame, { ...final, billing: true }),
    cancelled: responseJson(frame, { ...waiting, status: 'cancelled' }),
  };
}

type Stored = Pick<StoredResponse, 'status' | 'body' | 'later' | 'events'>;

/** In background a JSON request is stored as queued, with what it becomes when somebody asks for it. */
function storedLife(
  final: 'completed' | 'incomplete',
  at: Moments,
  background: boolean,
  events: StoredResponse['events'],
): Stored {
  if (background && events === undefined) {
    return {
      status: 'queued',
      body: at.created,
      later: { status: final, body: at.stored, cancelledBody: at.cancelled },
    };
  }
  return { status: final, body: at.stored, events: background ? events : undefined };
}

interface Conversation {
  readonly items: readonly Body[];
  readonly turns: readonly Turn[];
}

/** The history of `previous_response_id` and the request's own input. */
function conversation(body: Body, context: DialectContext): Conversation | { readonly refused: Reply } {
  const previous = body['previous_response_id'];
  const stored = typeof previous === 'string' ? context.state.get(previous) : undefined;
  if (typeof previous === 'string' && !stored) {
    const message = `Previous response with id '${previous}' not found.`;
    return { refused: badRequest(context, message, 'previous_response_id', 'previous_response_not_found') };
  }
  const history = stored?.turns ?? [];
  const items = inputItems(body['input']);
  const turns = [...history, ...inputTurns(items, history)];
  // What a reference stands for is not known here, so calls and outputs cannot be matched.
  const checkable = items.every((item) => item['type'] !== 'item_reference');
  const refused = checkable ? refusedTurns(turns, context) : undefined;
  return refused ? { refused } : { items, turns };
}

function create(request: DialectRequest, context: DialectContext): Reply {
  const checked = checkedBody(request.body, context, 'responses', []);
  if ('refused' in checked) return checked.refused;
  const { body } = checked;
  const refused = refusedResponse(body, context);
  if (refused) return refused;
  const talk = conversation(body, context);
  if ('refused' in talk) return talk.refused;

  const prompt = responsesPrompt(body, checked.model, talk.turns, context);
  const answer = generate(prompt, context.tokenizer);
  const usage = usageOf(prompt, answer, inputTokens(prompt, body, context.tokenizer));
  const createdAt = Math.floor(context.now() / 1000);
  const ids = itemIds(context.random, createdAt);
  const frame = responseFrame(ids('resp'), createdAt, body, prompt.model);
  const items = outputItems(answer, { body, prompt, ids, context });
  const reason = incompleteReason(answer);
  const final = reason === undefined ? 'completed' : 'incomplete';
  const at = moments(frame, {
    status: final,
    completedAt: final === 'completed' ? createdAt : null,
    output: `[${items.map((item) => item.done).join(',')}]`,
    usage: usage.json,
    searches: items.filter((item) => item.kind === 'hosted' && item.value['type'] === 'web_search_call').length,
    billing: false,
    incompleteReason: reason,
  });

  const stream = isBody(body['stream_options']) ? body['stream_options'] : {};
  const { background } = frame;
  const events =
    body['stream'] === true
      ? responseEvents(
          items,
          at,
          { background, obfuscate: stream['include_obfuscation'] !== false, final },
          context.random,
        )
      : undefined;
  const life = storedLife(final, at, background, events);
  if (body['store'] !== false || background) {
    const turns = [...talk.turns, ...answerTurns(items)];
    context.state.put({
      id: frame.id,
      background,
      createdAt,
      inputItems: listedItems(talk.items, ids),
      turns,
      ...life,
    });
  }
  const billed = { input: usage.input, output: usage.output };
  const limits = rateLimitHeaders(usage.input + (prompt.maxTokens ?? 0));
  if (events) {
    return {
      kind: 'stream',
      status: 200,
      headers: successHeaders(context, 'text/event-stream; charset=utf-8', limits),
      events,
      billed,
    };
  }
  const headers = successHeaders(context, 'application/json', limits);
  return {
    kind: 'json',
    status: 200,
    headers,
    body: pretty(life.body),
    tokens: background ? 0 : answer.visibleTokens,
    billed,
  };
}

export const createResponse: Operation = { id: 'responses', method: 'POST', path: '/v1/responses', handle: create };
