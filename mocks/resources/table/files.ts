import { noFile, unsupportedChoice } from '../../refusals/sentences.ts';
import { answerBytes } from '../../dialects/answer.ts';
import { badRequest, refuse } from '../../dialects/errors.ts';
import type { DialectContext, JsonReply, Reply, StoredObject } from '../../dialects/reply.ts';
import { UploadedFile } from '../../dialects/uploaded-file.ts';
import { isBody } from '../../dialects/validate.ts';
import { textOf } from '../fields.ts';
import type { Made, Making, Place, Resource } from '../resource.ts';
import { find, make, placeOf } from '../store.ts';

const PURPOSES = ['assistants', 'batch', 'fine-tune', 'vision', 'user_data', 'evals'];
/** Files for batches go by themselves after 30 days. */
const BATCH_FILE_SECONDS = 30 * 86_400;
const NO_BYTES = Buffer.alloc(0);

/** What an uploaded file is kept as; also for files that jobs make. */
export interface NewFile {
  readonly filename: string;
  readonly purpose: string;
  readonly bytes: Buffer;
}

function expiryOf({ body, now }: Making): number | undefined {
  const after = body['expires_after'];
  const seconds = isBody(after) ? Number(after['seconds']) : Number.NaN;
  if (Number.isFinite(seconds)) return now + seconds;
  return body['purpose'] === 'batch' ? now + BATCH_FILE_SECONDS : undefined;
}

function made(making: Making): Made {
  const { file, purpose } = making.body;
  const upload = file instanceof UploadedFile ? file : new UploadedFile('invented.txt', 'text/plain', NO_BYTES);
  const fields = {
    purpose: typeof purpose === 'string' ? purpose : 'user_data',
    filename: upload.filename,
    bytes: upload.bytes.length,
    expires_at: expiryOf(making),
    status: 'processed',
  };
  return { fields, content: upload.bytes };
}

function refused({ body, context }: Omit<Making, 'id'>): JsonReply | undefined {
  const purpose = textOf(body['purpose']);
  if (!PURPOSES.includes(purpose)) {
    return refuse(context, unsupportedChoice('purpose', purpose, PURPOSES));
  }
  if (body['file'] instanceof UploadedFile) return undefined;
  return refuse(context, noFile('file'));
}

function gone(object: StoredObject, { context }: Place): boolean {
  const expiry = object.body['expires_at'];
  return typeof expiry === 'number' && context.now() >= expiry * 1000;
}

function content(object: StoredObject, { context }: Place): Reply {
  if (object.body['purpose'] === 'assistants') {
    return badRequest(context, 'Not allowed to download files of purpose: assistants');
  }
  const reply = answerBytes(context, object.content ?? NO_BYTES, 'application/octet-stream');
  const filename = encodeURIComponent(textOf(object.body['filename']));
  return { ...reply, headers: [...reply.headers, ['content-disposition', `attachment; filename="${filename}"`]] };
}

export const files: Resource = {
  name: 'files',
  doc: 'Uploaded files: multipart upload, content, expiry',
  path: '/v1/files',
  param: 'file_id',
  id: { prefix: 'file-', alnum: 22 },
  shape: 'files#FileObject',
  verbs: ['create', 'list', 'retrieve', 'delete'],
  required: ['file', 'purpose'],
  refuse: refused,
  make: made,
  order: ['object', 'id', 'purpose', 'filename', 'bytes', 'created_at', 'expires_at', 'status'],
  deleted: ({ id }) => ({ id, object: 'file', deleted: true }),
  missing: (id) => ({ message: `No such File object: ${id}`, param: 'id' }),
  list: {
    limit: 10_000,
    limitMost: 10_000,
    filter: ({ body }, query) => !query.has('purpose') || body['purpose'] === query.get('purpose'),
  },
  settle: (object, place) => (gone(object, place) ? undefined : object),
  actions: [{ name: 'content', method: 'GET', suffix: '/content', act: content }],
};

/** The file of this id, when there is one; with lenient ids an empty one. */
export function fileOf(id: unknown, context: DialectContext): StoredObject | undefined {
  if (typeof id !== 'string') return undefined;
  const place = placeOf(files, {}, context);
  return find(place, id) ?? (context.lenientIds ? make(place, {}, id) : undefined);
}

/** Keeps a file that did not come as one upload: put together from parts, or written by a job. */
export function addFile(context: DialectContext, { filename, purpose, bytes }: NewFile): StoredObject {
  const file = new UploadedFile(filename, 'application/octet-stream', bytes);
  return make(placeOf(files, {}, context), { file, purpose });
}

/** Refusal of a body's field that names a file which is not there. */
export function refusedFile(param: string, { body, context }: Omit<Making, 'id'>): JsonReply | undefined {
  const id = body[param];
  if (id === undefined || id === null || fileOf(id, context) !== undefined) return undefined;
  return badRequest(context, `No such File object: ${textOf(id)}`, param);
}
