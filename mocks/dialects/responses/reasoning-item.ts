import type { Generation } from '../../generation/generate.ts';
import { seal } from '../../generation/sealed.ts';
import { quote } from '../json.ts';
import { isBody } from '../validate.ts';
import type { ItemOptions, ReasoningItem } from './items.ts';

/** What a detailed summary adds. */
const MORE = '**Writing the answer**\n\nI keep to what was asked and leave the rest out.';

/** Texts of the summary's parts: none unless the request or a script wants one. */
function summaryParts(answer: Generation, { body, prompt }: ItemOptions): readonly string[] {
  if (prompt.scripted?.reasoning !== undefined) return [answer.reasoning];
  const asked = isBody(body['reasoning']) ? body['reasoning'] : {};
  const wanted = asked['summary'] ?? asked['generate_summary'];
  if (typeof wanted !== 'string' || answer.reasoning === '') return [];
  return wanted === 'detailed' ? [answer.reasoning, MORE] : [answer.reasoning];
}

/** Sealed content differs between the item that begins and the one that is done, as the provider's does. */
export function reasoningItem(answer: Generation, options: ItemOptions): ReasoningItem {
  const { body, prompt, context } = options;
  const id = options.ids('rs');
  const open = prompt.model.openReasoning;
  const texts = open ? [] : summaryParts(answer, options);
  const wantsSealed = Array.isArray(body['include']) && body['include'].includes('reasoning.encrypted_content');
  const inside = { tokens: answer.reasoningTokens, text: answer.reasoning };
  const sealed = (): string =>
    wantsSealed ? `"encrypted_content":"${seal(inside, context.random, Math.floor(context.now() / 1000))}",` : '';
  const pieces = (text: string): readonly string[] => context.tokenizer.pieces(text, prompt.model.encoding);
  const content = open ? `{"type":"reasoning_text","text":${quote(answer.reasoning)}}` : '';
  const form = (inner: string, summary: string): string =>
    `{"id":"${id}","type":"reasoning","content":[${inner}],${sealed()}"summary":[${summary}]}`;
  return {
    kind: 'reasoning',
    id,
    added: form('', ''),
    done: form(content, texts.map((text) => `{"type":"summary_text","text":${quote(text)}}`).join(',')),
    parts: texts.map((text) => ({ text, pieces: pieces(text) })),
    open: open ? { text: answer.reasoning, pieces: pieces(answer.reasoning) } : undefined,
  };
}
