import type { Generation } from '../../generation/generate.ts';
import type { Random } from '../reply.ts';

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
  /** JSON array of a text's logprobs; undefined when they were not asked for. */
  readonly logprobs: ((text: string) => string) | undefined;
}

export function callIds(answer: Generation, random: Random): readonly string[] {
  return answer.calls.map(() => `call_${random.alnum(24)}`);
}

export function finishReason(answer: Generation, frame: ChatFrame): string {
  return answer.finish === 'tool_calls' && frame.legacyFunctions ? 'function_call' : answer.finish;
}
