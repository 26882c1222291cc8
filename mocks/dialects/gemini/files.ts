import { createHash } from 'node:crypto';
import { asText } from '../content.ts';
import { json } from '../json.ts';
import type { DialectContext, DialectRequest, HeaderList, Operation, Reply } from '../reply.ts';
import type { Body } from '../validate.ts';
import { isBody } from '../validate.ts';
import { googleError, googleErrorReply, versionOf } from './errors.ts';
import { VERSIONS } from './generate.ts';
import { googleHeaders, JSON_TYPE } from './headers.ts';
import { FILES } from './media.ts';
import { geminiPage } from './paging.ts';
import { exactTime } from './time.ts';
import { document } from './wire.ts';

const ID_LENGTH = 12;
const UPLOAD_ID_LENGTH = 48;
const LIFETIME_MS = 48 * 3_600_000;
const GRANULARITY = '8388608';
/** Uploads that were begun and have not ended. */
const PENDING = '/upload/v1beta/pending';

function answer(value: unknown, context: DialectContext): Reply {
  const headers = googleHeaders(context, JSON_TYPE);
  return { kind: 'json', status: 200, headers, body: document(json(value)), tokens: 0 };
}

const gone = (id: string): ReturnType<typeof googleError> =>
  googleError(403, `You do not have permission to access the File ${id} or it may not exist.`);

/** Where this server is reached, as the request says it. */
function origin({ headers }: DialectRequest): string {
  const { host = 'generativelanguage.googleapis.com', 'x-forwarded-proto': proto } = headers;
  return `${proto ?? 'http'}://${host}`;
}

export interface NewFile {
  readonly asked: Body;
  readonly mimeType: string;
  readonly content: Buffer;
}

/** Keeps a file as if it had been uploaded, and gives what is shown of it. */
export function putGeminiFile(
  { asked, mimeType, content }: NewFile,
  request: DialectRequest,
  context: DialectContext,
): Body {
  const given = /^files\/([a-z0-9-]{1,40})$/.exec(asText(asked['name']))?.[1];
  const id = given ?? context.random.alnum(ID_LENGTH).toLowerCase();
  const now = context.now();
  const displayName = asked['displayName'] ?? asked['display_name'];
  const hash = createHash('sha256').update(content).digest('hex');
  const body = {
    name: `files/${id}`,
    ...(displayName === undefined ? {} : { displayName }),
    mimeType,
    sizeBytes: String(content.length),
    createTime: exactTime(now),
    updateTime: exactTime(now),
    expirationTime: exactTime(now + LIFETIME_MS),
    sha256Hash: Buffer.from(hash).toString('base64'),
    uri: `${origin(request)}/${versionOf(request.path)}/files/${id}`,
    state: 'ACTIVE',
    source: 'UPLOADED',
  };
  context.objects.put(FILES, { id, body, hidden: {}, content });
  return body;
}

function begin(request: DialectRequest, asked: Body, context: DialectContext): Reply {
  const id = context.random.alnum(UPLOAD_ID_LENGTH);
  const mimeType = request.headers['x-goog-upload-header-content-type'] ?? asText(asked['mimeType']);
  context.objects.put(PENDING, { id, body: asked, hidden: { mimeType }, content: Buffer.alloc(0) });
  const url = `${origin(request)}${request.path}?upload_id=${id}&upload_protocol=resumable`;
  const headers: HeaderList = [
    ['x-goog-upload-url', url],
    ['x-goog-upload-control-url', url],
    ['x-goog-upload-status', 'active'],
    ['x-goog-upload-chunk-granularity', GRANULARITY],
    ['content-length', '0'],
  ];
  const usual = googleHeaders(context, 'text/plain; charset=utf-8').filter(([name]) => name !== 'transfer-encoding');
  return { kind: 'binary', status: 200, headers: [...headers, ...usual], body: Buffer.alloc(0) };
}

function proceed(request: DialectRequest, id: string, context: DialectContext): Reply {
  const pending = context.objects.get(PENDING, id);
  if (pending === undefined) return googleErrorReply(googleError(404, 'Upload not found.'), context);
  const command = request.headers['x-goog-upload-command'] ?? '';
  const before = pending.content ?? Buffer.alloc(0);
  const offset = Number(request.headers['x-goog-upload-offset'] ?? 0);
  if (offset !== before.length) {
    return googleErrorReply(
      googleError(400, `Upload offset ${offset} does not match the ${before.length} bytes received.`),
      context,
    );
  }
  const content = Buffer.concat([before, request.rawBody]);
  if (!command.includes('finalize')) {
    context.objects.put(PENDING, { ...pending, content });
    const headers = googleHeaders(context, 'text/plain; charset=utf-8', [
      ['x-goog-upload-status', 'active'],
      ['x-goog-upload-size-received', String(content.length)],
    ]);
    return { kind: 'binary', status: 200, headers, body: Buffer.alloc(0) };
  }
  context.objects.delete(PENDING, id);
  const mimeType = asText(pending.hidden['mimeType']) || 'application/octet-stream';
  const file = putGeminiFile({ asked: pending.body, mimeType, content }, request, context);
  const headers = googleHeaders(context, JSON_TYPE, [['x-goog-upload-status', 'final']]);
  return { kind: 'json', status: 200, headers, body: document(json({ file })), tokens: 0 };
}

/** The parts of a `multipart/related` body: the metadata, then the bytes. */
function related({ rawBody, headers }: DialectRequest): NewFile | undefined {
  const boundary = /boundary="?([^";]+)/i.exec(headers['content-type'] ?? '')?.[1];
  if (boundary === undefined) return undefined;
  const text = rawBody.toString('latin1');
  const [, metadata = '', media = ''] = text.split(`--${boundary}`);
  const after = (part: string): string => part.slice(part.indexOf('\r\n\r\n') + 4).replace(/\r\n$/, '');
  const mimeType = /content-type:\s*([^\r\n]+)/i.exec(media)?.[1] ?? 'application/octet-stream';
  let asked: unknown;
  try {
    asked = JSON.parse(Buffer.from(after(metadata), 'latin1').toString());
  } catch {
    asked = {};
  }
  const file = isBody(asked) && isBody(asked['file']) ? asked['file'] : {};
  return { asked: file, mimeType, content: Buffer.from(after(media), 'latin1') };
}

function upload(request: DialectRequest, context: DialectContext): Reply {
  const id = request.query.get('upload_id');
  if (id !== null) return proceed(request, id, context);
  const whole = related(request);
  if (whole !== undefined) return answer({ file: putGeminiFile(whole, request, context) }, context);
  const file = isBody(request.body) && isBody(request.body['file']) ? request.body['file'] : {};
  if ((request.headers['x-goog-upload-command'] ?? '').includes('start')) return begin(request, file, context);
  const mimeType = request.headers['content-type'] ?? 'application/octet-stream';
  return answer({ file: putGeminiFile({ asked: {}, mimeType, content: request.rawBody }, request, context) }, context);
}

function withFile(
  then: (id: string, request: DialectRequest, context: DialectContext) => Reply,
): (request: DialectRequest, context: DialectContext) => Reply {
  return (request, context) => {
    const id = request.params['id'] ?? '';
    const found = context.objects.get(FILES, id);
    const expired = found !== undefined && Date.parse(asText(found.body['expirationTime'])) <= context.now();
    return found === undefined || expired ? googleErrorReply(gone(id), context) : then(id, request, context);
  };
}

const get = withFile((id, _request, context) => answer(context.objects.get(FILES, id)?.body, context));
const remove = withFile((id, _request, context) => {
  context.objects.delete(FILES, id);
  return answer({}, context);
});
const download = withFile((id, _request, context) => {
  const found = context.objects.get(FILES, id);
  const headers = googleHeaders(context, asText(found?.body['mimeType']));
  return { kind: 'binary', status: 200, headers, body: found?.content ?? Buffer.alloc(0) };
});

function list({ query }: DialectRequest, context: DialectContext): Reply {
  const { entries, nextPageToken } = geminiPage(context.objects.all(FILES).toReversed(), query);
  if (entries.length === 0) return answer({}, context);
  return answer({ files: entries.map(({ body }) => body), nextPageToken }, context);
}

export const geminiFileOperations: readonly Operation[] = VERSIONS.flatMap((version): readonly Operation[] => {
  const all = `/${version}/files`;
  const one = `${all}/{id}`;
  const uploads = { id: 'gemini.files.upload', family: 'gemini', path: `/upload${all}`, takesEveryBody: true } as const;
  return [
    { ...uploads, method: 'POST', handle: upload },
    { ...uploads, method: 'PUT', handle: upload },
    { id: 'gemini.files.list', family: 'gemini', method: 'GET', path: all, handle: list },
    { id: 'gemini.files.get', family: 'gemini', method: 'GET', path: one, handle: get },
    { id: 'gemini.files.delete', family: 'gemini', method: 'DELETE', path: one, handle: remove },
    {
      id: 'gemini.files.download',
      family: 'gemini',
      method: 'GET',
      path: `/download${one}:download`,
      handle: download,
    },
  ];
});
