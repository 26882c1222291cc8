import type { BinaryReply, DialectContext, DialectRequest, Operation, Reply, StoredObject } from '../reply.ts';
import { UploadedFile } from '../uploaded-file.ts';
import { isBody } from '../validate.ts';
import { notFound, refusal } from './errors.ts';
import { FILES } from './file-store.ts';
import { successHeaders } from './headers.ts';
import { idAfter } from './ids.ts';
import { answerJson, listReply } from './listing.ts';

type Handle = (file: StoredObject, context: DialectContext) => Reply;

function upload({ body }: DialectRequest, context: DialectContext): Reply {
  const file = isBody(body) ? body['file'] : undefined;
  if (!(file instanceof UploadedFile)) return refusal(context, 'file: Field required');
  const id = idAfter('file_011C', context);
  const shown = {
    type: 'file',
    id,
    size_bytes: file.bytes.length,
    created_at: new Date(context.now()).toISOString(),
    filename: file.filename,
    mime_type: file.contentType,
    downloadable: false,
  };
  context.objects.put(FILES, { id, body: shown, hidden: {}, content: file.bytes });
  return answerJson(context, shown);
}

/** What a request wants of the file that it names; an id that was never made is invented with lenient ids. */
function about(handle: Handle): Operation['handle'] {
  return ({ params }, context) => {
    const id = params['id'] ?? '';
    const file = context.objects.get(FILES, id) ?? (context.lenientIds ? invented(id, context) : undefined);
    return file === undefined ? notFound(context, `File not found: ${id}`) : handle(file, context);
  };
}

function invented(id: string, context: DialectContext): StoredObject {
  const made = { type: 'file', id, size_bytes: 0, created_at: new Date(context.now()).toISOString() };
  const body = { ...made, filename: 'invented.txt', mime_type: 'text/plain', downloadable: true };
  return { id, body, hidden: {}, content: Buffer.alloc(0) };
}

/** A body of bytes under a name. */
export function download(context: DialectContext, content: Buffer, type: string, filename: string): BinaryReply {
  const headers = [
    ...successHeaders(context, type),
    ['content-disposition', `attachment; filename*=utf-8''${encodeURIComponent(filename)}`] as const,
  ];
  return { kind: 'binary', status: 200, headers, body: content };
}

function content({ id, body, content: bytes }: StoredObject, context: DialectContext): Reply {
  // What a client uploaded does not come back; what tools of the provider made would.
  if (body['downloadable'] !== true) return refusal(context, `File '${id}' is not downloadable`);
  return download(context, bytes ?? Buffer.alloc(0), String(body['mime_type']), String(body['filename']));
}

function remove({ id }: StoredObject, context: DialectContext): Reply {
  context.objects.delete(FILES, id);
  return answerJson(context, { id, type: 'file_deleted' });
}

function list({ query }: DialectRequest, context: DialectContext): Reply {
  const newestFirst = context.objects
    .all(FILES)
    .map(({ body }) => body)
    .toReversed();
  return listReply(newestFirst, query, context);
}

const PATH = '/v1/files';
const ONE = '/v1/files/{id}';

export const messagesFiles: readonly Operation[] = [
  { id: 'anthropic.files.create', family: 'anthropic', method: 'POST', path: PATH, handle: upload },
  { id: 'anthropic.files.list', family: 'anthropic', method: 'GET', path: PATH, handle: list },
  {
    id: 'anthropic.files.retrieve',
    family: 'anthropic',
    method: 'GET',
    path: ONE,
    handle: about(({ body }, context) => answerJson(context, body)),
  },
  { id: 'anthropic.files.content', family: 'anthropic', method: 'GET', path: `${ONE}/content`, handle: about(content) },
  { id: 'anthropic.files.delete', family: 'anthropic', method: 'DELETE', path: ONE, handle: about(remove) },
];
