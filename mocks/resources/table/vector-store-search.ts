import { numberIn } from '../../refusals/sentences.ts';
import { answerJson } from '../../dialects/answer.ts';
import { missingField, refuse } from '../../dialects/errors.ts';
import type { DialectRequest, Reply, StoredObject } from '../../dialects/reply.ts';
import { searchedFiles } from '../../dialects/retrieval/search.ts';
import { fieldsOf, numberOf, textOf } from '../fields.ts';
import type { Place } from '../resource.ts';

const RESULTS = 10;
const RESULTS_MOST = 50;

/** `POST …/search`: the chunks of the store's completed files that are near the query, best first. */
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
  const completed = entries.filter(({ body: entry }) => entry['status'] === 'completed');
  const hits = searchedFiles(completed, queries, { filters: body['filters'], most, threshold }, context.objects);
  const data = hits.map(({ fileId, filename, score, attributes, text }) => ({
    file_id: fileId,
    filename,
    score,
    attributes,
    content: [{ type: 'text', text }],
  }));
  const object = 'vector_store.search_results.page';
  return answerJson(context, { object, search_query: queries, data, has_more: false, next_page: null });
}
