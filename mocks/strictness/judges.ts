import type { Violation } from '../refusals/violation.ts';
import { judgeCount, judgeMessage } from './anthropic/judge.ts';
import type { Strictness } from './level.ts';
import type { Surroundings } from './surroundings.ts';
import type { Fields } from './walk.ts';

/** The first thing that is wrong with the body of a request, in the provider's words. */
export type Judge = (body: Fields, level: Strictness, surroundings: Surroundings) => Violation | undefined;

/** Operations of other families than OpenAI's, by method and path as their tables have them. */
export const JUDGES: Readonly<Record<string, Judge>> = {
  'POST /v1/messages': judgeMessage,
  'POST /v1/messages/count_tokens': judgeCount,
};
