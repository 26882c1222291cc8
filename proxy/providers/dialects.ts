import { FOREIGN_DIALECT } from './foreign-signs.ts';
import { ANTHROPIC_DIALECT, AZURE_DIALECT, GEMINI_DIALECT } from './native-signs.ts';
import { type Dialect, OPENAI_DIALECT } from './signs.ts';

/** The words of all servers but OpenAI's own address: a gateway repeats those of the servers behind it. */
export const FOREIGN_DIALECTS: readonly Dialect[] = [
  OPENAI_DIALECT,
  FOREIGN_DIALECT,
  ANTHROPIC_DIALECT,
  GEMINI_DIALECT,
  AZURE_DIALECT,
];
