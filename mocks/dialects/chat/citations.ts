import { json } from '../json.ts';
import type { Body } from '../validate.ts';

const TITLE_CHARACTERS = 60;

/** Compact JSON array of the pages that an answer cites: none unless the model or the request searches the web. */
export function citations(body: Body, text: string | undefined): string {
  const searches = body['web_search_options'] !== undefined || String(body['model']).includes('-search-');
  if (!searches || !text) return '[]';
  const citation = {
    end_index: text.length,
    start_index: 0,
    title: text.slice(0, TITLE_CHARACTERS).toWellFormed(),
    url: 'https://example.com/?utm_source=openai',
  };
  return json([{ type: 'url_citation', url_citation: citation }]);
}
