import type { Generation } from '../../generation/generate.ts';
import { json, quote } from '../json.ts';
import type { Block } from './blocks.ts';
import { blockJson } from './blocks.ts';
import type { MessageUsage, UsageFrame } from './usage.ts';
import { usageJson } from './usage.ts';

/** What a whole message and its stream share. */
export interface MessageFrame {
  readonly id: string;
  /** The snapshot. */
  readonly model: string;
  readonly blocks: readonly Block[];
  readonly ending: Ending;
  readonly usage: MessageUsage;
  readonly usageFrame: UsageFrame;
  /** Compact JSON; absent where no tool ran in one. */
  readonly container?: string | undefined;
}

/** Why an answer ended. */
export interface Ending {
  readonly reason: 'end_turn' | 'tool_use' | 'max_tokens' | 'stop_sequence' | 'refusal';
  readonly sequence: string | null;
  /** Compact JSON. */
  readonly details: string;
}

function refusalDetails(explanation: string | undefined): string {
  return `{"type":"refusal","category":null,"explanation":${json(explanation ?? null)}}`;
}

export function endingOf(answer: Generation): Ending {
  if (answer.refusal !== undefined || answer.finish === 'content_filter') {
    return { reason: 'refusal', sequence: null, details: refusalDetails(answer.refusal) };
  }
  if (answer.finish === 'length') return { reason: 'max_tokens', sequence: null, details: 'null' };
  if (answer.finish === 'tool_calls') return { reason: 'tool_use', sequence: null, details: 'null' };
  return answer.stopWord === undefined
    ? { reason: 'end_turn', sequence: null, details: 'null' }
    : { reason: 'stop_sequence', sequence: answer.stopWord, details: 'null' };
}

/** `"stop_reason":…,"stop_sequence":…,"stop_details":…`. */
export function endingJson({ reason, sequence, details }: Ending): string {
  return `"stop_reason":"${reason}","stop_sequence":${json(sequence)},"stop_details":${details}`;
}

/** `,"container":…`, for messages that have one. */
export function containerPart({ container }: MessageFrame): string {
  return container === undefined ? '' : `,"container":${container}`;
}

const OPEN_ENDING = '"stop_reason":null,"stop_sequence":null,"stop_details":null';

function messageJson({ id, model }: MessageFrame, content: string, ending: string, usage: string): string {
  return `{"model":${quote(model)},"id":"${id}","type":"message","role":"assistant","content":[${content}],${ending},"usage":${usage}}`;
}

/** Compact JSON of the whole message. */
export function wholeMessageJson(frame: MessageFrame): string {
  const content = frame.blocks.map(blockJson).join(',');
  return messageJson(
    frame,
    content,
    endingJson(frame.ending) + containerPart(frame),
    usageJson(frame.usage, frame.usageFrame),
  );
}

/** Compact JSON of the message at the start of its stream. */
export function begunMessageJson(frame: MessageFrame): string {
  return messageJson(frame, '', OPEN_ENDING, usageJson(frame.usage, frame.usageFrame, true));
}
