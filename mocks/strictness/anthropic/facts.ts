import type { ClaudeFacts } from '../../generation/claude-models.ts';
import type { Surroundings } from '../surroundings.ts';
import type { Fields } from '../walk.ts';
import { isObject } from '../walk.ts';

/** A request whose shape is right. */
export interface Facts {
  readonly body: Fields;
  readonly messages: readonly Fields[];
  readonly model: ClaudeFacts;
  readonly surroundings: Surroundings;
}

/** A sentence of the provider; undefined when nothing is wrong. */
export type Check = (facts: Facts) => string | undefined;

export function messagesIn(body: Fields): readonly Fields[] {
  return Array.isArray(body['messages']) ? body['messages'].filter(isObject) : [];
}

/** Content as a list of blocks: a text is one block. */
export function blocksIn(content: unknown): readonly Fields[] {
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }];
  return Array.isArray(content) ? content.filter(isObject) : [];
}
