import type { Generation } from '../../generation/generate.ts';
import type { Random } from '../reply.ts';
import type { ChatAudio } from './audio.ts';

/** What all chunks of a chat answer share. */
export interface ChatFrame {
  readonly id: string;
  /** Unix seconds. */
  readonly created: number;
  readonly model: string;
  readonly serviceTier: string;
  readonly fingerprint: string | null;
  /** Reasoning models have no `logprobs` key in their choices. */
  readonly reasoningModel: boolean;
  /** The request used `functions`, the predecessor of `tools`. */
  readonly legacyFunctions: boolean;
  /** Compact JSON. */
  readonly usage: string;
  readonly audio: ChatAudio | undefined;
  /** Compact JSON array of the pages that the text cites. */
  readonly annotations: string;
  /** Compact JSON of what was thought of input and output; undefined when the request did not ask. */
  readonly moderation: string | undefined;
  /** JSON array of a text's logprobs; undefined when they were not asked for. */
  readonly logprobs: ((text: string) => string) | undefined;
}

export function callIds(answer: Generation, random: Random): readonly string[] {
  return answer.calls.map(() => `call_${random.alnum(24)}`);
}

/** `null`, or the logprobs of a text or a refusal. */
export function logprobsPart(answer: Generation, frame: ChatFrame, text: string | undefined): string {
  if (frame.logprobs === undefined || text === undefined) return 'null';
  const list = frame.logprobs(text);
  return answer.refusal === undefined ? `{"content":${list},"refusal":null}` : `{"content":null,"refusal":${list}}`;
}

export function finishReason(answer: Generation, frame: ChatFrame): string {
  return answer.finish === 'tool_calls' && frame.legacyFunctions ? 'function_call' : answer.finish;
}
