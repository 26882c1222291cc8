import type { DialectContext, DialectRequest, JsonReply } from '../reply.ts';
import { errorForm } from './errors.ts';
import { ATTACHMENT, generationHeaders, googleHeaders, JSON_TYPE, STREAM_TYPE } from './headers.ts';
import { quote } from '../json.ts';
import { geminiModel } from './models.ts';
import { geminiPrompt } from './prompt.ts';
import { readMessage } from './spelling.ts';
import { promptTokens, sumOf, usageJson } from './usage.ts';
import { document, members, streamEvents } from './wire.ts';

const RESPONSE_ID_LENGTH = 22;
const TIER = 'standard';

/** A prompt that was blocked is an answer of status 200 without candidates, alone in its stream where one was asked for. */
export function blockedReply(request: DialectRequest, reason: string, context: DialectContext): JsonReply {
  const model = geminiModel(request.params['model'] ?? '');
  const { value } = readMessage(request.body, 'GenerateContentRequest');
  const details = promptTokens(value, geminiPrompt(value, model, context), model, context);
  const prompt = sumOf(details);
  const usage = {
    prompt,
    promptDetails: details,
    cached: 0,
    candidates: 0,
    candidatesDetails: undefined,
    thoughts: 0,
    toolUse: 0,
  };
  const body = members({
    promptFeedback: `{"blockReason":${quote(reason)}}`,
    usageMetadata: usageJson(usage, model, undefined, TIER),
    modelVersion: quote(model.version),
    responseId: quote(context.random.alnum(RESPONSE_ID_LENGTH)),
  });
  const form = errorForm(request);
  const extra = generationHeaders(TIER);
  const billed = { input: prompt, output: 0 };
  if (form === 'object') {
    const headers = googleHeaders(context, JSON_TYPE, extra);
    return { kind: 'json', status: 200, headers, body: document(body), tokens: 0, billed };
  }
  const headers = googleHeaders(context, form === 'sse' ? STREAM_TYPE : JSON_TYPE, [ATTACHMENT, ...extra]);
  const events = streamEvents(() => [{ body, tokens: 0, kind: 'close' }], form);
  const text = [...events].map(({ bytes }) => bytes).join('');
  return { kind: 'json', status: 200, headers, body: text, tokens: 0, billed };
}
