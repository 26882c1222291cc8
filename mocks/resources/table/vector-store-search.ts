import { numberIn } from '../../refusals/sentences.ts';
import { answerJson } from '../../dialects/answer.ts';
import { missingField, refuse } from '../../dialects/errors.ts';
import type { DialectRequest, Reply, StoredObject } from '../../dialects/reply.ts';
import { passes } from '../attribute-filter.ts';
import { fieldsOf, numberOf, textOf } from '../fields.ts';
import { chunksOf, scoreOf, wordsOf } from '../lexical-search.ts';
import type { Place } from '../resource.ts';
import { fileOf } from './files.ts';

const RESULTS = 10;
const RESULTS_MOST = 50;

interface Hit {
  readonly file_id: string;
  readonly filename: string;
  readonly score: number;
  readonly attributes: unknown;
  readonly content: readonly { readonly type: 'text'; readonly text: string }[];
}

function hitsIn(entry: StoredObject, query: readonly string[], place: Place): readonly Hit[] {
  const file = fileOf(entry.id, place.context);
  const filename = textOf(file?.body['filename']);
  return chunksOf(file?.content?.toString() ?? '').map((text) => ({
    file_id: entry.id,
    filename,
    score: scoreOf(query, text),
    attributes: entry.body['attributes'] ?? {},
    content: [{ type: 'text', text }],
  }));
}

/** `POST …/search`: the chunks of the store's completed files that share words with the query, best first. */
export function search(entries: readonly StoredObject[], place: Place, request: DialectRequest): Reply {
  const { context } = place;
  const body = fieldsOf(request.body);
  const { query } = body;
  if (query === undefined) return missingField(context, 'query');
  const queries = Array.isArray(query) ? query.map((one) => textOf(one)) : [textOf(query)];
  const most = numberOf(body['max_num_results'], RESULTS);
  const outside = numberIn('max_num_results', most, { least: 1, most: RESULTS_MOST, integer: true });
  if (outside) return refuse(context, outside);
  const threshold = numberOf(fieldsOf(body['ranking_options'])['score_threshold'], 0);
  const words = queries.flatMap(wordsOf);
  const data = entries
    .filter(
      (entry) => entry.body['status'] === 'completed' && passes(fieldsOf(entry.body['attributes']), body['filters']),
    )
    .flatMap((entry) => hitsIn(entry, words, place))
    .filter(({ score }) => score > 0 && score >= threshold)
    .toSorted((a, b) => b.score - a.score)
    .slice(0, most);
  const object = 'vector_store.search_results.page';
  return answerJson(context, { object, search_query: queries, data, has_more: false, next_page: null });
}
