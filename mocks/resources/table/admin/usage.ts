import { unsupportedChoice } from '../../../refusals/sentences.ts';
import { answerJson } from '../../../dialects/answer.ts';
import { refuse } from '../../../dialects/errors.ts';
import type { DialectContext, DialectRequest, Operation, Reply } from '../../../dialects/reply.ts';
import { numberOf } from '../../fields.ts';
import { unixSeconds } from '../../store.ts';
import { ORGANIZATION } from './organization.ts';

const WIDTHS: Readonly<Record<string, number>> = { '1m': 60, '1h': 3600, '1d': 86_400 };
const BUCKETS = 7;
const BUCKETS_MOST = 1440;

const KINDS = [
  'audio_speeches',
  'audio_transcriptions',
  'code_interpreter_sessions',
  'completions',
  'decisions',
  'embeddings',
  'file_search_calls',
  'images',
  'moderations',
  'vector_stores',
  'web_search_calls',
].map((kind) => `usage/${kind}`);

/** Empty buckets of the time that is asked for. */
function buckets({ query }: DialectRequest, context: DialectContext): Reply {
  const name = query.get('bucket_width') ?? '1d';
  const width = Object.hasOwn(WIDTHS, name) ? WIDTHS[name] : undefined;
  if (width === undefined) {
    return refuse(context, unsupportedChoice('bucket_width', name, Object.keys(WIDTHS)));
  }
  const start = numberOf(query.get('start_time'), unixSeconds(context) - BUCKETS * width);
  const end = numberOf(query.get('end_time'), unixSeconds(context));
  const limit = Math.min(BUCKETS_MOST, numberOf(query.get('limit'), BUCKETS));
  const first = Math.max(start, numberOf(query.get('page')?.replace('page_', ''), start));
  const left = Math.max(0, Math.ceil((end - first) / width));
  const data = Array.from({ length: Math.min(limit, left) }, (_, index) => {
    const begin = first + index * width;
    return { object: 'bucket', start_time: begin, end_time: begin + width, results: [] };
  });
  const more = left > data.length;
  const next = more ? `page_${first + data.length * width}` : null;
  return answerJson(context, { object: 'page', data, has_more: more, next_page: next });
}

/** The organization uses nothing and pays nothing: what the mock bills is told by its own oracles. */
export const usageOperations: readonly Operation[] = [...KINDS, 'costs'].map((kind) => ({
  id: `admin.organization.${kind.replace('/', '.')}`,
  method: 'GET',
  path: `${ORGANIZATION}/${kind}`,
  handle: buckets,
}));
