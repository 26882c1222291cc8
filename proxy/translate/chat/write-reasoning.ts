import type { JsonObject } from '../../core/json.ts';
import type { Family, ReasoningPart, Seal } from '../conversation.ts';
import { defined } from '../fields.ts';

const FORMATS: Readonly<Record<Family, string>> = {
  chat: 'unknown',
  messages: 'anthropic-claude-v1',
  responses: 'openai-responses-v1',
  gemini: 'google-gemini-v1',
};

/** How the text of a seal is written: as its maker wrote it, or packed. */
export type SealText = (seal: Seal, redacted: boolean) => string;

/** Anthropic's form of a block; undefined where another family sealed it. */
export function thinkingBlock({ text, seal, redacted }: ReasoningPart, write: SealText): JsonObject | undefined {
  if (seal?.family !== 'messages') return undefined;
  if (redacted === true) return { type: 'redacted_thinking', data: write(seal, true) };
  return { type: 'thinking', thinking: text, signature: write(seal, false) };
}

/** OpenRouter's form of a block: none where nothing seals it, since the bare text says all. */
export function reasoningDetails(
  { text, seal, redacted }: ReasoningPart,
  index: number,
  write: SealText,
): JsonObject[] {
  if (seal === undefined || seal.value === '') return [];
  const common = defined({ id: seal.id, format: FORMATS[seal.family], index });
  const hidden = redacted === true || text === '' || seal.family === 'responses';
  if (!hidden) return [{ type: 'reasoning.text', text, signature: write(seal, false), ...common }];
  const summary = text === '' ? [] : [{ type: 'reasoning.summary', summary: text, ...common }];
  return [...summary, { type: 'reasoning.encrypted', data: write(seal, redacted === true), ...common }];
}

/** Google's form of the signature of a call or a message. */
export function extraContent(seal: Seal, write: SealText): JsonObject {
  return { google: { thought_signature: write(seal, false) } };
}
