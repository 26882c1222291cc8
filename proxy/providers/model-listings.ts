import { isJsonObject, type Json } from '../core/json.ts';
import type { ListedModel, ModelListing } from './types.ts';

/** More than any provider lists; Anthropic and Gemini give no more than this in one page. */
const ONE_PAGE = 1_000;

/** `{data: [{id, created, owned_by}]}`, or the entries alone. */
export const openAiListing: ModelListing = {
  view: { path: '/models', query: '' },
  read: (answer) => entriesIn(answer, 'data'),
  entry: (entry) => {
    if (!isJsonObject(entry) || typeof entry['id'] !== 'string') return undefined;
    const { id, created, owned_by: owner } = entry;
    return listed(id, created, owner);
  },
};

/** `{data: [{id, created_at}]}`, times as text. */
export const anthropicListing: ModelListing = {
  view: { path: '/models', query: `limit=${ONE_PAGE}`, family: 'anthropic' },
  read: (answer) => entriesIn(answer, 'data'),
  entry: (entry) => {
    if (!isJsonObject(entry) || typeof entry['id'] !== 'string') return undefined;
    const { id, created_at: created } = entry;
    return listed(id, typeof created === 'string' ? Math.floor(Date.parse(created) / 1_000) : undefined, 'anthropic');
  },
};

/** `{models: [{name: "models/…"}]}`. */
export const geminiListing: ModelListing = {
  view: { path: '/models', query: `pageSize=${ONE_PAGE}`, family: 'gemini' },
  read: (answer) => entriesIn(answer, 'models'),
  entry: (entry) => {
    const name = isJsonObject(entry) ? entry['name'] : undefined;
    return typeof name === 'string' ? listed(name.replace(/^models\//, ''), undefined, 'google') : undefined;
  },
};

function entriesIn(answer: Json, member: string): readonly Json[] | undefined {
  const entries = isJsonObject(answer) ? answer[member] : answer;
  return Array.isArray(entries) ? entries : undefined;
}

function listed(id: string, created: Json | undefined, owner: Json | undefined): ListedModel {
  return {
    id,
    ...(typeof created === 'number' && Number.isSafeInteger(created) ? { created } : {}),
    ...(typeof owner === 'string' ? { owner } : {}),
  };
}
