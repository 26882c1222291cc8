import { classifyEmbeddedWith, classifyWith } from './classify.ts';
import { openai } from './openai.ts';
import { FOREIGN_DIALECT, OPENAI_DIALECT } from './signs.ts';
import type { Provider } from './types.ts';

/** Servers of others that speak the API of OpenAI; their errors are worded in many ways. */
export const compatible: Provider = {
  ...openai,
  id: 'compatible',
  classify: (answer) => classifyWith([OPENAI_DIALECT, FOREIGN_DIALECT], answer),
  classifyEmbedded: (answer) => classifyEmbeddedWith([OPENAI_DIALECT, FOREIGN_DIALECT], answer),
};
