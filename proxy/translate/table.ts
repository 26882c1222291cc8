import { chat } from './chat/index.ts';
import type { Family } from './conversation.ts';
import { responses } from './responses/index.ts';
import type { Translator } from './types.ts';

/** One translator a family. */
const TRANSLATORS: Readonly<Partial<Record<Family, Translator>>> = { chat, responses };

export function translatorOf(family: Family): Translator {
  const translator = TRANSLATORS[family];
  if (translator === undefined) throw new Error(`No translator of the family '${family}'.`);
  return translator;
}
