import type { Generation } from '../../generation/generate.ts';
import type { Prompt } from '../../generation/prompt.ts';
import { asText, objectsIn } from '../content.ts';
import type { DialectContext } from '../reply.ts';
import type { Body } from '../validate.ts';
import { blocksOf } from './content.ts';

/** The beginning of the answer that the request itself gives, as its last message; empty without one. */
function prefillOf(body: Body): string {
  const last = objectsIn(body['messages']).at(-1);
  if (last?.['role'] !== 'assistant') return '';
  const block = blocksOf(last['content']).at(-1);
  return block?.['type'] === 'text' ? asText(block['text']) : '';
}

/** The answer without the beginning that the request gave: the model goes on from there. */
export function continued(answer: Generation, prompt: Prompt, body: Body, context: DialectContext): Generation {
  const prefill = prefillOf(body);
  const { text } = answer;
  if (prefill === '' || text === undefined || prompt.scripted !== undefined || !text.startsWith(prefill)) return answer;
  const rest = text.slice(prefill.length);
  return { ...answer, text: rest, pieces: context.tokenizer.pieces(rest, prompt.model.encoding) };
}
