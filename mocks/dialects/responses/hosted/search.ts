import { createHash } from 'node:crypto';
import type { Body } from '../../validate.ts';
import { isBody } from '../../validate.ts';
import type { HostedKind, HostedRun, HostedUse } from './hosted.ts';

const QUERY_CHARACTERS = 120;
const SEARCHED_PAGES = 3;

const query = (asked: string): string => asked.slice(0, QUERY_CHARACTERS).toWellFormed();

function slug(text: string): string {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return encodeURIComponent(words.slice(0, 6).join('-') || 'page');
}

/** The first allowed domain of the tool's filter, else a reserved one. */
function domain({ filters }: Body): string {
  const allowed: unknown = isBody(filters) ? filters['allowed_domains'] : undefined;
  const first: unknown = Array.isArray(allowed) ? allowed[0] : undefined;
  return typeof first === 'string' ? first : 'example.com';
}

function searchWeb({ asked, definition, ids, includes }: HostedUse): HostedRun {
  const searched = query(asked);
  const pages = Array.from(
    { length: SEARCHED_PAGES },
    (_, at) => `https://${domain(definition)}/${slug(asked)}/${at + 1}`,
  );
  const sources = includes('web_search_call.action.sources')
    ? { sources: pages.map((url) => ({ type: 'url', url })) }
    : {};
  const results = includes('web_search_call.results')
    ? {
        results: pages.map((url, at) => ({
          type: 'text_result',
          url,
          title: `Result ${at + 1}: ${searched}`,
          snippet: searched,
        })),
      }
    : {};
  const value = {
    id: ids('ws'),
    type: 'web_search_call',
    status: 'completed',
    action: { type: 'search', queries: [searched], query: searched, ...sources },
    ...results,
  };
  const annotate = (text: string): readonly object[] => [
    { type: 'url_citation', end_index: text.length, start_index: 0, title: `Result 1: ${searched}`, url: pages[0] },
  ];
  return { outputs: [{ value }], annotate };
}

/** Equal text, equal id: a file keeps its id from search to search. */
function fileId(text: string): string {
  return `file-${createHash('sha256').update(text).digest('hex').slice(0, 22)}`;
}

function searchFiles({ asked, definition, ids, includes }: HostedUse): HostedRun {
  const stores = definition['vector_store_ids'];
  const store = Array.isArray(stores) ? String(stores[0]) : '';
  const file = { file_id: fileId(store), filename: 'knowledge.txt' };
  const result = { attributes: {}, ...file, score: 0.8731, text: `What ${file.filename} says about: ${query(asked)}` };
  const value = {
    id: ids('fs'),
    type: 'file_search_call',
    status: 'completed',
    queries: [query(asked)],
    results: includes('file_search_call.results') ? [result] : null,
  };
  const annotate = (text: string): readonly object[] => [{ type: 'file_citation', ...file, index: text.length }];
  return { outputs: [{ value }], annotate };
}

const never = (): boolean => false;

export const webSearch: HostedKind = {
  keywords: ['search', 'web', 'news', 'latest', 'look up', 'online'],
  byClient: never,
  run: searchWeb,
};

export const fileSearch: HostedKind = {
  keywords: ['file', 'document', 'knowledge'],
  byClient: never,
  run: searchFiles,
};
