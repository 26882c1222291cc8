import { generate } from '../../generation/generate.ts';
import { asText, optionalInteger } from '../content.ts';
import { rateLimitHeaders, successHeaders } from '../headers.ts';
import { json, pretty } from '../json.ts';
import { judgedText } from '../moderations.ts';
import { logprobsJson } from '../logprobs.ts';
import type { DialectContext, DialectRequest, Operation, Reply } from '../reply.ts';
import { servedTier } from '../service-tier.ts';
import type { Body } from '../validate.ts';
import { checkedBody, isBody } from '../validate.ts';
import { chatAudio } from './audio.ts';
import { citations } from './citations.ts';
import { refusedChat } from './fields.ts';
import type { ChatFrame } from './frame.ts';
import { chatPrompt } from './prompt.ts';
import { chatEvents } from './stream.ts';
import { chatCompletionJson } from './unary.ts';
import { chatUsage, chatUsageJson } from './usage.ts';

function moderationJson({ moderation }: Body, asked: string, text: string): string | undefined {
  if (!isBody(moderation)) return undefined;
  const model = asText(moderation['model']);
  const results = (judged: string): object => ({
    type: 'moderation_results',
    model,
    results: [judgedText(judged, model)],
  });
  return json({ input: results(asked), output: results(text) });
}

function create(request: DialectRequest, context: DialectContext): Reply {
  const checked = checkedBody(request.body, context, 'chat', ['messages']);
  if ('refused' in checked) return checked.refused;
  const { body } = checked;
  const refused = refusedChat(body, context);
  if (refused) return refused;

  const prompt = chatPrompt(body, checked.model, context);
  const { model } = prompt;
  const answer = generate(prompt, context.tokenizer);
  const choices = optionalInteger(body['n']) ?? 1;
  const created = Math.floor(context.now() / 1000);
  const audio = chatAudio(body, answer, created, context.random);
  const usage = chatUsage(prompt, answer, { body, choices, audioTokens: audio?.tokens ?? 0 }, context);
  const top = optionalInteger(body['top_logprobs']) ?? 0;
  const withLogprobs = body['logprobs'] === true && !model.reasoning;
  const frame: ChatFrame = {
    id: `chatcmpl-${context.random.alnum(29)}`,
    created,
    model: model.snapshot,
    serviceTier: servedTier(body),
    fingerprint: model.fingerprint,
    reasoningModel: model.reasoning,
    legacyFunctions: body['functions'] !== undefined && body['tools'] === undefined,
    usage: chatUsageJson(usage),
    audio,
    annotations: citations(body, answer.text),
    moderation: moderationJson(body, prompt.asked, answer.text ?? ''),
    logprobs: withLogprobs ? (text) => logprobsJson(text, top, model.encoding, context.tokenizer) : undefined,
  };
  const billed = { input: usage.prompt, output: usage.completion, reasoning: answer.reasoningTokens };
  const limits = rateLimitHeaders(usage.prompt + (prompt.maxTokens ?? 0));
  if (body['stream'] === true) {
    const options = isBody(body['stream_options']) ? body['stream_options'] : {};
    const wire = {
      includeUsage: options['include_usage'] === true,
      obfuscate: options['include_obfuscation'] !== false,
      choices,
    };
    return {
      kind: 'stream',
      status: 200,
      headers: successHeaders(context, 'text/event-stream; charset=utf-8', limits),
      events: chatEvents(answer, frame, wire, context.random),
      billed,
    };
  }
  return {
    kind: 'json',
    status: 200,
    headers: successHeaders(context, 'application/json', limits),
    body: `${pretty(chatCompletionJson(answer, frame, choices, context.random))}\n`,
    tokens: answer.visibleTokens * choices,
    billed,
  };
}

export const chatCompletions: Operation = {
  id: 'chat.completions',
  method: 'POST',
  path: '/v1/chat/completions',
  handle: create,
};
