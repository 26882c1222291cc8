import type { Turn } from '../../generation/prompt.ts';
import { asText, objectsIn, optionalInteger } from '../content.ts';
import type { Body } from '../validate.ts';
import { isBody } from '../validate.ts';
import { blocksOf } from './content.ts';

/** Whether and how an answer begins with thinking. */
export interface Thinking {
  /** In the words of the generation; undefined: the answer does not think. */
  readonly effort: string | undefined;
  /** The text is kept back, the block and its signature are not. */
  readonly omitted: boolean;
}

/** A text with this word in it is thought about in secret, for tests of clients. */
const REDACTED = 'ANTHROPIC_MAGIC_STRING_TRIGGER_REDACTED_THINKING';
const NONE: Thinking = { effort: undefined, omitted: false };
const LEAST_ROOM = 128;

/** Tool results are what the request ends with: the model goes on with what it thought before. */
function goesOn(body: Body): boolean {
  const last = objectsIn(body['messages']).at(-1);
  return blocksOf(last?.['content']).some(({ type }) => type === 'tool_result');
}

function interleaves(body: Body, type: unknown, betas: string): boolean {
  return type === 'adaptive' || betas.includes('interleaved-thinking') || !goesOn(body);
}

function effortOf(body: Body): string {
  const config = isBody(body['output_config']) ? asText(body['output_config']['effort']) : '';
  return config === '' ? 'medium' : config;
}

/** The thinking that a request asks for. Where little may be answered, little is thought. `betas`: the header `anthropic-beta`. */
export function thinkingOf(body: Body, betas = ''): Thinking {
  const { thinking } = body;
  const type = isBody(thinking) ? thinking['type'] : undefined;
  if (!isBody(thinking) || (type !== 'enabled' && type !== 'adaptive')) return NONE;
  const room = optionalInteger(body['max_tokens']) ?? Number.POSITIVE_INFINITY;
  if (room < LEAST_ROOM || !interleaves(body, type, betas)) return NONE;
  const effort = room < LEAST_ROOM * 8 ? 'low' : effortOf(body);
  return { effort, omitted: thinking['display'] === 'omitted' };
}

export function isRedacted(turns: readonly Turn[]): boolean {
  return turns.findLast(({ role }) => role === 'user')?.text.includes(REDACTED) === true;
}
