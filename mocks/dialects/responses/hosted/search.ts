import { createHash } from 'node:crypto';
import type { ObjectStore } from '../../reply.ts';
import type { SearchHit } from '../../retrieval/search.ts';
import { filesOfStores, searchedFiles } from '../../retrieval/search.ts';
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
function inventedId(text: string): string {
  return `file-${createHash('sha256').update(text).digest('hex').slice(0, 22)}`;
}

const RESULTS = 20;
const RESULTS_MOST = 50;

function storesOf({ vector_store_ids: ids }: Body): readonly string[] {
  return Array.isArray(ids) ? ids.filter((id) => typeof id === 'string') : [];
}

/** What the tool's stores have for a question; undefined when none of them was ever made. */
function foundIn(
  definition: Body,
  asked: string,
  objects: ObjectStore,
  always: boolean,
): readonly SearchHit[] | undefined {
  const files = filesOfStores(storesOf(definition), objects);
  if (files === undefined) return undefined;
  const { max_num_results: most, ranking_options: ranking, filters } = definition;
  const threshold = isBody(ranking) && typeof ranking['score_threshold'] === 'number' ? ranking['score_threshold'] : 0;
  const wanted = typeof most === 'number' ? Math.min(RESULTS_MOST, most) : RESULTS;
  return searchedFiles(files, [asked], { filters: filters ?? undefined, most: wanted, threshold, always }, objects);
}

/** A hit in stores that were made elsewhere. */
function inventedHit(definition: Body, asked: string): SearchHit {
  const [store = ''] = storesOf(definition);
  const filename = 'knowledge.txt';
  const text = `What ${filename} says about: ${query(asked)}`;
  return { fileId: inventedId(store), filename, score: 0.8731, attributes: {}, text, passage: text };
}

function searchFiles({ asked, definition, ids, includes, context }: HostedUse): HostedRun {
  const hits = foundIn(definition, asked, context.objects, true) ?? [inventedHit(definition, asked)];
  const results = hits.map(({ attributes, fileId, filename, score, text }) => ({
    attributes,
    file_id: fileId,
    filename,
    score,
    text,
  }));
  const value = {
    id: ids('fs'),
    type: 'file_search_call',
    status: 'completed',
    queries: [query(asked)],
    results: includes('file_search_call.results') ? results : null,
  };
  // The answer is made of the best one.
  const cited = hits.slice(0, 1).map(({ fileId, filename }) => ({ type: 'file_citation', file_id: fileId, filename }));
  return { outputs: [{ value }], annotate: (text) => cited.map((one) => ({ ...one, index: text.length })) };
}

const never = (): boolean => false;

export const webSearch: HostedKind = {
  keywords: [
    'search',
    'web',
    'news',
    'latest',
    'look up',
    'online',
    'today',
    'recent',
    'current',
    'yesterday',
    'this week',
  ],
  byClient: never,
  run: searchWeb,
};

export const fileSearch: HostedKind = {
  keywords: ['file', 'document', 'knowledge', 'handbook', 'manual'],
  byClient: never,
  run: searchFiles,
  looksInto: (definition, objects) => ({
    fits: (asked) => (foundIn(definition, asked, objects, false)?.length ?? 0) > 0,
    finds: (asked) => foundIn(definition, asked, objects, true)?.[0]?.passage,
  }),
};
