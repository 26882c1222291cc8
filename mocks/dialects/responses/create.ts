import type { Generation } from '../../generation/generate.ts';
import { generate } from '../../generation/generate.ts';
import type { Prompt, Turn } from '../../generation/prompt.ts';
import { pcm } from '../audio/wav.ts';
import { spoken } from '../audio/spoken.ts';
import { asText } from '../content.ts';
import { rateLimitHeaders, successHeaders } from '../headers.ts';
import { json, pretty, quote } from '../json.ts';
import { judgedText } from '../moderations.ts';
import type { DialectContext, DialectRequest, Operation, Reply, StreamEvent } from '../reply.ts';
import type { Body } from '../validate.ts';
import { checkedBody, isBody } from '../validate.ts';
import { announceBackground } from './background.ts';
import { refusedResponse } from './fields.ts';
import { responseFrame } from './frame.ts';
import type { ResponseFrame } from './frame.ts';
import type { Talk } from './history.ts';
import { fittedPrompt, talkOf } from './history.ts';
import { itemIds } from './ids.ts';
import { listedItems } from './input.ts';
import type { OutputItem } from './items.ts';
import { outputItems } from './items.ts';
import { Snapshots, storedSnapshots } from './snapshots.ts';
import { responsesPrompt } from './prompt.ts';
import type { SpokenAudio } from './stream.ts';
import { responseEvents } from './stream.ts';
import { calledTurn, reasoningTurn, turnOf } from './turns.ts';
import type { ResponseUsage } from './usage.ts';
import { responseUsage } from './usage.ts';

function incompleteReason(answer: Generation): string | undefined {
  if (answer.finish === 'length') return 'max_output_tokens';
  return answer.finish === 'content_filter' ? 'content_filter' : undefined;
}

/** The answer as turns, so that a response that follows can count and check it. */
function answerTurns(items: readonly OutputItem[], reasoningTokens: number): readonly Turn[] {
  return items.flatMap((item): readonly Turn[] => {
    if (item.kind === 'message') return [{ role: 'assistant', text: item.text, commentary: item.commentary }];
    if (item.kind === 'reasoning') return [reasoningTurn(reasoningTokens, { type: 'reasoning', id: item.id })];
    if (item.kind === 'hosted') return [turnOf(item.value)].filter((turn) => turn !== undefined);
    return [calledTurn({ name: item.call.name, input: item.call.input, withId: true }, item.callId)];
  });
}

/** Everything that was made for one request. */
interface Made {
  readonly body: Body;
  readonly talk: Talk;
  readonly prompt: Prompt;
  readonly answer: Generation;
  readonly usage: ResponseUsage;
  readonly createdAt: number;
  readonly ids: ReturnType<typeof itemIds>;
  readonly frame: ResponseFrame;
  readonly items: readonly OutputItem[];
}

function made(body: Body, talk: Talk, prompt: Prompt, context: DialectContext): Made {
  const answer = generate(prompt, context.tokenizer);
  const createdAt = Math.floor(context.now() / 1000);
  const ids = itemIds(context.random, createdAt);
  const frame = responseFrame(ids('resp'), createdAt, body, prompt.model);
  const failed = prompt.scripted?.failure !== undefined;
  const items = failed ? [] : outputItems(answer, { body, prompt, ids, context });
  const used = items.flatMap((item) => (item.kind === 'hosted' ? [item.value] : []));
  const reasoned = items.some((item) => item.kind === 'reasoning');
  const usage = responseUsage(prompt, answer, { body, used, reasoned }, context);
  return { body, talk, prompt, answer, usage, createdAt, ids, frame, items };
}

type Held = ReturnType<typeof storedSnapshots>;
type Ending = 'completed' | 'incomplete' | 'failed';

function momentsOf({ body, prompt, answer, usage, createdAt, frame, items }: Made): { at: Snapshots; ending: Ending } {
  const failure = prompt.scripted?.failure;
  const reason = incompleteReason(answer);
  const ending = failure ? 'failed' : reason === undefined ? 'completed' : 'incomplete';
  const at = new Snapshots(frame, {
    status: ending,
    completedAt: ending === 'completed' ? createdAt : null,
    output: `[${items.map((item) => item.done).join(',')}]`,
    usage: failure ? 'null' : usage.json,
    searches: items.filter((item) => item.kind === 'hosted' && item.value['type'] === 'web_search_call').length,
    incompleteReason: failure ? undefined : reason,
    moderation: moderationJson(body, prompt.asked, answer.text ?? ''),
    error: failure && `{"code":${quote(failure.code)},"message":${quote(failure.message)}}`,
  });
  return { at, ending };
}

/** What was thought of input and output, for requests with `moderation`. */
function moderationJson({ moderation }: Body, asked: string, text: string): string | undefined {
  if (!isBody(moderation)) return undefined;
  const model = asText(moderation['model']);
  return json({ input: judgedText(asked, model), output: judgedText(text, model) });
}

/** The sound of the text, for requests with the modality `audio`. */
function audioOf({ body, answer, frame }: Made): SpokenAudio | undefined {
  const { modalities } = body;
  if (!Array.isArray(modalities) || !modalities.includes('audio') || !answer.text) return undefined;
  const data = pcm(spoken(answer.text)).toString('base64');
  return { responseId: frame.id, data, text: answer.text, pieces: answer.pieces };
}

function eventsOf(one: Made, at: Snapshots, ending: Ending, context: DialectContext): Iterable<StreamEvent> {
  const options = isBody(one.body['stream_options']) ? one.body['stream_options'] : {};
  const failure = one.prompt.scripted?.failure;
  const wire = {
    background: one.frame.background,
    obfuscate: options['include_obfuscation'] !== false,
    final: ending,
    audio: audioOf(one),
    error: failure && JSON.stringify({ type: failure.code, code: failure.code, message: failure.message, param: null }),
  };
  return responseEvents(one.items, at, wire, context.random);
}

/** Keeps the response for those that go on from it. */
function keep({ body, talk, items, ids, frame, createdAt, answer }: Made, held: Held, context: DialectContext): void {
  const { id, background } = frame;
  const stored = body['store'] !== false || background;
  if (!stored && context.unstored === undefined) return;
  const turns = [...talk.turns, ...answerTurns(items, answer.reasoningTokens)];
  const response = { id, background, createdAt, inputItems: listedItems(talk.items, ids), turns, ...held };
  if (stored) context.state.put(response);
  else context.unstored?.(response);
  if (background) announceBackground(id, context);
}

function create(request: DialectRequest, context: DialectContext): Reply {
  const checked = checkedBody(request.body, context, 'responses', []);
  if ('refused' in checked) return checked.refused;
  const { body } = checked;
  const refused = refusedResponse(body, context);
  if (refused) return refused;
  const talk = talkOf(body, context);
  if ('refused' in talk) return talk.refused;
  const prompt = fittedPrompt(responsesPrompt(body, checked.model, talk.turns, context), body, context);
  if ('refused' in prompt) return prompt.refused;

  const one = made(body, talk, prompt, context);
  const { frame, usage } = one;
  const { background } = frame;
  const { at, ending } = momentsOf(one);
  const events = body['stream'] === true ? eventsOf(one, at, ending, context) : undefined;
  // What is kept for later readers is made once.
  const kept = background && events ? [...events] : undefined;
  const held = storedSnapshots(ending, at, background, kept);
  keep(one, held, context);
  const billed = { input: usage.input, output: usage.output, reasoning: one.answer.reasoningTokens };
  const limits = rateLimitHeaders(usage.input + (prompt.maxTokens ?? 0));
  if (events) {
    const headers = successHeaders(context, 'text/event-stream; charset=utf-8', limits);
    return { kind: 'stream', status: 200, headers, events: kept ?? events, billed };
  }
  const headers = successHeaders(context, 'application/json', limits);
  const tokens = background ? 0 : one.answer.visibleTokens;
  return { kind: 'json', status: 200, headers, body: pretty(held.body), tokens, billed };
}

export const createResponse: Operation = { id: 'responses', method: 'POST', path: '/v1/responses', handle: create };
