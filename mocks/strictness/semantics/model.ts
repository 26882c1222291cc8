import type { ModelUse } from '../model-profile.ts';
import type { Violation } from '../../refusals/violation.ts';
import { violation } from '../../refusals/violation.ts';
import type { Check } from './facts.ts';

export type Family = 'chat' | 'responses' | 'completions' | 'embeddings';

const refused = (status: number, message: string, param: string | null): Violation => ({
  ...violation(message, param),
  status,
});

const CHAT_ONLY =
  'This is a chat model and not supported in the v1/completions endpoint. Did you mean to use v1/chat/completions?';
const NO_CHAT =
  'This is not a chat model and thus not supported in the v1/chat/completions endpoint. Did you mean to use v1/completions?';
const RESPONSES_ONLY = 'This model is only supported in v1/responses and not in v1/chat/completions.';
const NO_SAMPLING = 'You are not allowed to sample from this model';
const NO_EMBEDDINGS = 'You are not allowed to generate embeddings from this model';

/** What each family says about a model of another use. */
const ELSEWHERE: Readonly<Record<Family, Partial<Record<ModelUse, Violation>>>> = {
  chat: {
    responses: refused(404, RESPONSES_ONLY, 'model'),
    completions: refused(404, NO_CHAT, 'model'),
    embeddings: refused(403, NO_SAMPLING, null),
    other: refused(404, NO_CHAT, 'model'),
  },
  completions: {
    chat: refused(404, CHAT_ONLY, 'model'),
    responses: refused(404, CHAT_ONLY, 'model'),
    embeddings: refused(403, NO_SAMPLING, null),
    other: refused(404, NO_CHAT, 'model'),
  },
  embeddings: {
    chat: refused(403, NO_EMBEDDINGS, null),
    responses: refused(403, NO_EMBEDDINGS, null),
    completions: refused(403, NO_EMBEDDINGS, null),
    other: refused(403, NO_EMBEDDINGS, null),
  },
  responses: {},
};

/** The model serves another endpoint. */
export function servesElsewhere(family: Family): Check {
  return ({ model, profile }) => {
    const found = ELSEWHERE[family][profile.use];
    if (found || family !== 'responses' || profile.use === 'chat' || profile.use === 'responses') return found;
    return violation(
      `The requested model '${model}' cannot be used with the Responses API.`,
      'model',
      'unsupported_model',
    );
  };
}
