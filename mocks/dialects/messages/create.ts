import { generate } from '../../generation/generate.ts';
import type { Generation } from '../../generation/generate.ts';
import { objectsIn } from '../content.ts';
import { json } from '../json.ts';
import type { DialectContext, DialectRequest, JsonReply, Operation, Reply } from '../reply.ts';
import { isBody } from '../validate.ts';
import { blocksFor } from './blocks.ts';
import { messageTurns } from './content.ts';
import { plausibleLimits, successHeaders } from './headers.ts';
import { idAfter } from './ids.ts';
import type { MessageFrame } from './message.ts';
import { endingOf, wholeMessageJson } from './message.ts';
import { claudeFacts } from '../../generation/claude-models.ts';
import { continued } from './prefill.ts';
import { messagesPrompt, toolNames } from './prompt.ts';
import { checkedRequest } from './request.ts';
import type { ServerRun } from './server-tools.ts';
import { runServerTool, runsHere } from './server-tools.ts';
import { messageEvents } from './stream.ts';
import { thinkingOf } from './thinking.ts';
import { keepThread, threaded, withThread } from './threads.ts';
import { messagesPromptTokens } from './tokens.ts';
import type { UsageFrame } from './usage.ts';
import { messageUsage, wholeInput } from './usage.ts';

const SHAPE = { turns: (body: unknown) => (isBody(body) ? messageTurns(body) : []), tools: toolNames };

/** What requests of messages look like, to rules and limits. */
export const MESSAGE_READS: NonNullable<Operation['reads']> = {
  ...SHAPE,
  whole: withThread,
  promptTokens({ body: given, rawBody }, context) {
    const body = withThread(given, context.objects);
    const model = isBody(body) ? body['model'] : undefined;
    if (!isBody(body) || typeof model !== 'string') return Math.ceil(rawBody.length / 4);
    return messagesPromptTokens(body, model, context);
  },
};

const MOST_BYTES = 32 * 1024 * 1024;
const CONTAINER_MS = 20 * 60_000;

function runsOf({ hosted }: Generation, asked: string, context: DialectContext): readonly ServerRun[] {
  return hosted.flatMap((tool) => runServerTool(tool, asked, context) ?? []);
}

function serverUse(runs: readonly ServerRun[]): NonNullable<UsageFrame['serverTools']> {
  const used = (counts: ServerRun['counts']): number => runs.filter((run) => run.counts === counts).length;
  return { searches: used('web_search_requests'), fetches: used('web_fetch_requests') };
}

/** The container that tools ran in: the one that the request names, else a new one. */
function containerJson(runs: readonly ServerRun[], given: unknown, context: DialectContext): string | undefined {
  if (!runs.some(({ inContainer }) => inContainer)) return undefined;
  const id = typeof given === 'string' ? given : idAfter('container_011C', context);
  return json({ id, expires_at: new Date(context.now() + CONTAINER_MS).toISOString() });
}

function answer(request: DialectRequest, context: DialectContext, tier: UsageFrame['tier']): Reply {
  const whole = threaded(request.body, context);
  if ('refused' in whole) return whole.refused;
  const checked = checkedRequest(whole.body, ['model', 'max_tokens', 'messages'], context);
  if ('refused' in checked) return checked.refused;
  const { body, model } = checked;
  const facts = claudeFacts(model);
  const betas = request.headers['anthropic-beta'] ?? '';
  const prompt = messagesPrompt(body, model, context, betas);
  const generation = continued(generate(prompt, context.tokenizer), prompt, body, context);
  const usage = messageUsage(body, model, facts, generation, context);
  const { deltaCharacters } = facts;
  const runs = runsOf(generation, prompt.asked, context);
  const frame: MessageFrame = {
    id: idAfter('msg_011C', context),
    model: facts.snapshot,
    blocks: blocksFor(generation, { body, prompt, thinking: thinkingOf(body, betas), deltaCharacters, runs, context }),
    ending: endingOf(generation),
    usage,
    usageFrame: {
      tier,
      details: facts.showsThinkingTokens,
      serverTools: objectsIn(body['tools']).some(runsHere) ? serverUse(runs) : undefined,
    },
    container: containerJson(runs, body['container'], context),
  };
  keepThread(body, frame, context);
  const input = wholeInput(usage);
  const billed = { input, output: usage.output, reasoning: usage.thinking };
  const limits = plausibleLimits(input, usage.output, context);
  if (body['stream'] === true) {
    const headers = successHeaders(context, 'text/event-stream; charset=utf-8', limits);
    return { kind: 'stream', status: 200, headers, events: messageEvents(frame, context.random), billed };
  }
  const headers = successHeaders(context, 'application/json', limits);
  return {
    kind: 'json',
    status: 200,
    headers,
    body: wholeMessageJson(frame),
    tokens: generation.visibleTokens,
    billed,
  };
}

/** The answer to one request of a batch. */
export function batchedMessage(params: unknown, context: DialectContext): JsonReply {
  const body = isBody(params) ? { ...params, stream: false } : params;
  const request: DialectRequest = {
    method: 'POST',
    path: '/v1/messages',
    params: {},
    query: new URLSearchParams(),
    headers: {},
    body,
    rawBody: Buffer.alloc(0),
  };
  // Never a stream: the body does not ask for one.
  return answer(request, context, 'batch') as JsonReply;
}

export const createMessage: Operation = {
  id: 'messages',
  family: 'anthropic',
  method: 'POST',
  path: '/v1/messages',
  mostBytes: MOST_BYTES,
  generates: true,
  reads: MESSAGE_READS,
  handle: (request, context) => answer(request, context, 'standard'),
};

export const countTokens: Operation = {
  id: 'messages.count_tokens',
  family: 'anthropic',
  method: 'POST',
  path: '/v1/messages/count_tokens',
  mostBytes: MOST_BYTES,
  reads: MESSAGE_READS,
  handle(request, context) {
    const checked = checkedRequest(request.body, ['model', 'messages'], context);
    if ('refused' in checked) return checked.refused;
    const tokens = messagesPromptTokens(checked.body, checked.model, context);
    const headers = successHeaders(context, 'application/json');
    return { kind: 'json', status: 200, headers, body: `{"input_tokens":${tokens}}`, tokens: 0 };
  },
};
