import { answerJson } from '../../dialects/answer.ts';
import { missingField } from '../../dialects/errors.ts';
import type { JsonReply, Reply, StoredObject } from '../../dialects/reply.ts';
import { fieldsOf, listOf, numberOf, textOf } from '../fields.ts';
import { listed, shown } from '../operations.ts';
import type { Making, Place, Resource } from '../resource.ts';
import type { Fields } from '../shape.ts';
import type { Stage } from '../stages.ts';
import { halted, staged, underWay } from '../stages.ts';
import { all, change, make, notFound, placeOf } from '../store.ts';
import { fileOf, files } from './files.ts';
import { search } from './vector-store-search.ts';

const DAY_SECONDS = 86_400;
const DEFAULT_CHUNKING = { type: 'static', static: { max_chunk_size_tokens: 800, chunk_overlap_tokens: 400 } };
/** The provider reads text, not pictures or sound. */
const UNSUPPORTED = /\.(?:png|jpe?g|gif|webp|bmp|mp3|mp4|wav|zip|exe)$/i;

function insideOf(storeId: string, place: Place): Place {
  return placeOf(vectorStoreFiles, { vector_store_id: storeId }, place.context);
}

function countsOf(entries: readonly StoredObject[]): Readonly<Record<string, number>> {
  const counts = { in_progress: 0, completed: 0, failed: 0, cancelled: 0, total: entries.length };
  for (const { body } of entries) counts[body['status'] as 'completed'] += 1;
  return counts;
}

function settleStore(object: StoredObject, place: Place): StoredObject {
  const entries = all(insideOf(object.id, place));
  const counts = countsOf(entries);
  const days = numberOf(fieldsOf(object.body['expires_after'])['days'], 0);
  const expiry = days === 0 ? null : numberOf(object.body['last_active_at'], 0) + days * DAY_SECONDS;
  const expired = expiry !== null && place.context.now() >= expiry * 1000;
  const busy = counts['in_progress'] !== 0 ? 'in_progress' : 'completed';
  return change(place, object, {
    file_counts: counts,
    usage_bytes: entries.reduce((sum, { body }) => sum + numberOf(body['usage_bytes'], 0), 0),
    status: expired ? 'expired' : busy,
    ...(expiry === null ? {} : { expires_at: expiry }),
  });
}

function fillStore(object: StoredObject, place: Place): void {
  const { fileIds, chunking } = object.hidden;
  for (const id of listOf(fileIds)) make(insideOf(object.id, place), { file_id: id, chunking_strategy: chunking });
  settleStore(object, place);
}

export const vectorStores: Resource = {
  name: 'vector_stores',
  doc: 'Vector stores: file counts, expiry, search by embeddings',
  path: '/v1/vector_stores',
  param: 'vector_store_id',
  id: { prefix: 'vs_', hex: 32 },
  shape: 'vector-stores/vector-stores#VectorStore',
  verbs: ['create', 'list', 'retrieve', 'update', 'delete'],
  make: ({ body, now }) => ({
    fields: { status: 'completed', last_active_at: now },
    hidden: { fileIds: body['file_ids'], chunking: body['chunking_strategy'] },
  }),
  order:
    'id object created_at name description usage_bytes file_counts status expires_after expires_at last_active_at metadata'.split(
      ' ',
    ),
  updatable: ['name', 'metadata', 'expires_after'],
  missing: (id) => ({ message: `Vector store with id '${id}' not found.` }),
  settle: settleStore,
  afterCreate: fillStore,
  actions: [
    {
      name: 'search',
      method: 'POST',
      suffix: '/search',
      act: (object, place, request) => search(all(insideOf(object.id, place)), place, request),
    },
  ],
};

function indexed(object: StoredObject, place: Place): Fields {
  const file = fileOf(object.id, place.context);
  const problem = (code: string, message: string): Fields => ({ status: 'failed', last_error: { code, message } });
  if (file === undefined) return problem('invalid_file', 'The file could not be found.');
  if (UNSUPPORTED.test(textOf(file.body['filename']))) {
    return problem('unsupported_file', 'The file type is not supported.');
  }
  return { usage_bytes: file.content?.length ?? 0 };
}

const FILE_STAGES: readonly Stage[] = [{ status: 'in_progress' }, { status: 'completed', enter: indexed }];

function chunkingOf(asked: unknown): unknown {
  const { type } = fieldsOf(asked);
  return type === 'static' ? asked : DEFAULT_CHUNKING;
}

function unknownFile(ids: readonly unknown[], making: Omit<Making, 'id'>): JsonReply | undefined {
  const { params, context } = making;
  const unknown = ids.find((id) => fileOf(id, context) === undefined);
  return unknown === undefined ? undefined : notFound(files, textOf(unknown), placeOf(files, params, context));
}

function content(object: StoredObject, { context }: Place): Reply {
  const text = fileOf(object.id, context)?.content?.toString() ?? '';
  const data = [{ type: 'text', text }];
  return answerJson(context, { object: 'vector_store.file_content.page', data, has_more: false, next_page: null });
}

const byStatus = ({ body }: StoredObject, query: URLSearchParams): boolean =>
  !query.has('filter') || body['status'] === query.get('filter');

export const vectorStoreFiles: Resource = {
  name: 'vector_stores.files',
  doc: 'Files of a vector store: indexed after a while, attributes, content',
  path: '/v1/vector_stores/{vector_store_id}/files',
  param: 'file_id',
  parent: vectorStores,
  id: ({ body }) => textOf(body['file_id']),
  shape: 'vector-stores/files#VectorStoreFile',
  verbs: ['create', 'list', 'retrieve', 'update', 'delete'],
  required: ['file_id'],
  refuse: (making) => unknownFile([making.body['file_id']], making),
  make: ({ body, params }) => ({
    fields: {
      vector_store_id: params['vector_store_id'],
      status: 'in_progress',
      chunking_strategy: chunkingOf(body['chunking_strategy']),
      attributes: body['attributes'] ?? {},
    },
    hidden: { batchId: body['batch_id'] },
  }),
  order: 'id object usage_bytes created_at vector_store_id status last_error chunking_strategy attributes'.split(' '),
  updatable: ['attributes'],
  missing: (id, params) => ({
    message: `No file found with id '${id}' in vector store '${params['vector_store_id']}'.`,
  }),
  list: { filter: byStatus },
  polled: true,
  settle: staged(FILE_STAGES),
  actions: [{ name: 'content', method: 'GET', suffix: '/content', act: content }],
};

function membersOf(batch: StoredObject, place: Place): readonly StoredObject[] {
  const storeId = place.params['vector_store_id'] ?? '';
  return all(insideOf(storeId, place)).filter(({ hidden }) => hidden['batchId'] === batch.id);
}

function settleBatch(object: StoredObject, place: Place): StoredObject {
  const counts = countsOf(membersOf(object, place));
  const over = counts['in_progress'] === 0 && object.body['status'] === 'in_progress';
  return change(place, object, { file_counts: counts, ...(over ? { status: 'completed' } : {}) });
}

function fillBatch(object: StoredObject, place: Place): void {
  const inside = insideOf(place.params['vector_store_id'] ?? '', place);
  for (const entry of listOf(object.hidden['entries'])) make(inside, { ...fieldsOf(entry), batch_id: object.id });
  settleBatch(object, place);
}

function cancelBatch(object: StoredObject, place: Place): Reply {
  const inside = insideOf(place.params['vector_store_id'] ?? '', place);
  const waiting = membersOf(object, place).filter((member) => underWay(member, FILE_STAGES));
  for (const member of waiting) halted(member, inside, { status: 'cancelled' });
  const status = waiting.length > 0 ? 'cancelled' : object.body['status'];
  return shown(settleBatch(change(place, object, { status }), place), place);
}

/** `file_ids` with one set of attributes for all, or `files` with their own. */
function entriesOf(body: Fields): readonly Fields[] {
  const { attributes, chunking_strategy: chunking } = body;
  const shared = { attributes, chunking_strategy: chunking };
  const named = listOf(body['file_ids']).map((id) => ({ file_id: id, ...shared }));
  return [...named, ...listOf(body['files']).map(fieldsOf)];
}

function refusedBatch(making: Omit<Making, 'id'>): JsonReply | undefined {
  const entries = entriesOf(making.body);
  if (entries.length === 0) return missingField(making.context, 'file_ids');
  return unknownFile(
    entries.map(({ file_id: id }) => id),
    making,
  );
}

export const vectorStoreFileBatches: Resource = {
  name: 'vector_stores.file_batches',
  doc: 'Many files for a vector store at once',
  path: '/v1/vector_stores/{vector_store_id}/file_batches',
  param: 'batch_id',
  parent: vectorStores,
  id: { prefix: 'vsfb_', hex: 32 },
  shape: 'vector-stores/file-batches#VectorStoreFileBatch',
  verbs: ['create', 'retrieve'],
  refuse: refusedBatch,
  make: ({ body, params }) => ({
    fields: { vector_store_id: params['vector_store_id'], status: 'in_progress' },
    hidden: { entries: entriesOf(body) },
  }),
  order: ['id', 'object', 'created_at', 'status', 'vector_store_id', 'file_counts'],
  missing: (id) => ({ message: `No vector store file batch found with id '${id}'.` }),
  polled: true,
  settle: settleBatch,
  afterCreate: fillBatch,
  list: { filter: byStatus },
  actions: [
    { name: 'cancel', method: 'POST', suffix: '/cancel', act: cancelBatch },
    {
      name: 'files',
      method: 'GET',
      suffix: '/files',
      act: (object, place, request) => listed(membersOf(object, place), place, request),
    },
  ],
};
