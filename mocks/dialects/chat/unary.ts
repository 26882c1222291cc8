import type { Generation } from '../../generation/generate.ts';
import { json, quote } from '../json.ts';
import type { Random } from '../reply.ts';
import type { ChatFrame } from './frame.ts';
import { callIds, finishReason, logprobsPart } from './frame.ts';

function toolCalls(answer: Generation, random: Random): string {
  const ids = callIds(answer, random);
  const calls = answer.calls.map((call, at) => {
    const made =
      call.kind === 'custom'
        ? `"custom":{"name":${quote(call.name)},"input":${quote(call.input)}}`
        : `"function":{"name":${quote(call.name)},"arguments":${quote(call.input)}}`;
    return `{"id":"${ids[at]}","type":"${call.kind}",${made}}`;
  });
  return `"tool_calls":[${calls.join(',')}],`;
}

function calledPart(answer: Generation, frame: ChatFrame, random: Random): string {
  const [first] = answer.calls;
  if (first === undefined) return '';
  if (!frame.legacyFunctions) return toolCalls(answer, random);
  return `"function_call":{"name":${quote(first.name)},"arguments":${quote(first.input)}},`;
}

function content(answer: Generation, frame: ChatFrame): string {
  if (frame.audio || answer.refusal !== undefined || (answer.calls.length > 0 && answer.text === undefined))
    return 'null';
  return quote(answer.text ?? '');
}

function audioPart(answer: Generation, { audio }: ChatFrame): string {
  if (audio === undefined) return '';
  return `,"audio":{"id":"${audio.id}","data":"${audio.data}","expires_at":${audio.expiresAt},"transcript":${quote(answer.text ?? '')}}`;
}

function choice(index: number, answer: Generation, frame: ChatFrame, random: Random): string {
  const message =
    `{"role":"assistant","content":${content(answer, frame)},${calledPart(answer, frame, random)}` +
    `"refusal":${json(answer.refusal ?? null)},"annotations":${frame.annotations}${audioPart(answer, frame)}}`;
  const filled = logprobsPart(answer, frame, answer.text ?? answer.refusal);
  const logprobs = frame.reasoningModel ? '' : `"logprobs":${filled},`;
  return `{"index":${index},"message":${message},${logprobs}"finish_reason":"${finishReason(answer, frame)}"}`;
}

/** Compact JSON of a `chat.completion`. */
export function chatCompletionJson(answer: Generation, frame: ChatFrame, choices: number, random: Random): string {
  const all = Array.from({ length: choices }, (_, index) => choice(index, answer, frame, random));
  return (
    `{"id":"${frame.id}","object":"chat.completion","created":${frame.created},"model":${quote(frame.model)},` +
    `"choices":[${all.join(',')}],"usage":${frame.usage},"service_tier":"${frame.serviceTier}",` +
    `"system_fingerprint":${json(frame.fingerprint)}${frame.moderation ? `,"moderation":${frame.moderation}` : ''}}`
  );
}
