import { MultipartParseError, getMultipartBoundary, parseMultipart } from '@remix-run/multipart-parser';
import type { MultipartPart } from '@remix-run/multipart-parser';
import { UploadedFile } from '../dialects/uploaded-file.ts';

/** Bounds: a form with more parts, or with a part that has a longer head, is refused. */
const MAX_PARTS = 1000;
const MAX_HEAD_BYTES = 16 * 1024;

type FormValue = string | UploadedFile | FormValue[] | { [name: string]: FormValue };
type Form = Record<string, FormValue>;

/** The boundary of a `multipart/form-data` content type (RFC 7578), `undefined` for any other. */
export function boundaryOf(contentType: string): string | undefined {
  return /^multipart\/form-data\s*;/i.test(contentType) ? (getMultipartBoundary(contentType) ?? undefined) : undefined;
}

/**
 * The fields of a form, as a JSON body would have them: `a[b]` is the field `b` of `a`, `a[]` an entry of the array `a`.
 * Files become {@link UploadedFile}. `undefined` when the body is no well-formed form.
 */
export function parseForm(body: Buffer, boundary: string): Form | undefined {
  const form: Form = Object.create(null) as Form;
  // The whole body was bounded when it was read.
  const limits = {
    maxParts: MAX_PARTS,
    maxHeaderSize: MAX_HEAD_BYTES,
    maxFileSize: body.length,
    maxTotalSize: body.length,
  };
  // RFC 2046 allows a preamble, which the parser does not skip.
  const start = Math.max(0, body.indexOf(`--${boundary}`));
  try {
    for (const part of parseMultipart(body.subarray(start), { boundary, ...limits })) {
      if (!part.name) return undefined;
      put(form, pathOf(part.name), valueOf(part));
    }
  } catch (error) {
    if (error instanceof MultipartParseError || error instanceof TypeError) return undefined;
    throw error;
  }
  return { ...form };
}

/** Files are copied: one that is stored must not hold on to the whole body. */
function valueOf({ filename, headers, bytes }: MultipartPart): FormValue {
  const content = Buffer.from(bytes.buffer);
  if (filename === undefined) return content.toString();
  return new UploadedFile(
    filename.replaceAll('%22', '"'),
    headers['content-type'] ?? 'application/octet-stream',
    content,
  );
}

/** `a[b][]` → `a`, `b`, ``. */
function pathOf(name: string): readonly string[] {
  const open = name.indexOf('[');
  if (open <= 0 || !/^(?:\[[^[\]]*\])+$/.test(name.slice(open))) return [name];
  return [name.slice(0, open), ...[...name.slice(open).matchAll(/\[([^[\]]*)\]/g)].map((match) => match[1] ?? '')];
}

function put(form: Form, path: readonly string[], value: FormValue): void {
  const [name = '', ...rest] = path;
  if (name === '__proto__') return;
  const there = form[name];
  if (rest.length === 0) {
    form[name] = value;
  } else if (rest[0] === '') {
    const list = Array.isArray(there) ? there : [];
    form[name] = list;
    list.push(value);
  } else {
    const inner = isForm(there) ? there : {};
    form[name] = inner;
    put(inner, rest, value);
  }
}

function isForm(value: FormValue | undefined): value is Form {
  return typeof value === 'object' && !Array.isArray(value) && !(value instanceof UploadedFile);
}
