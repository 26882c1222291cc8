import { UploadedFile } from '../dialects/uploaded-file.ts';

/** Bounds: what has more parts, or a part with a longer head, is refused. */
const PARTS_MOST = 1000;
const HEAD_BYTES = 16 * 1024;

const CRLF2 = Buffer.from('\r\n\r\n');

type FormValue = string | UploadedFile | FormValue[] | { [name: string]: FormValue };
type Form = Record<string, FormValue>;

/** The boundary of a `multipart/form-data` content type (RFC 7578), `undefined` for any other. */
export function boundaryOf(contentType: string): string | undefined {
  if (!/^multipart\/form-data\s*;/i.test(contentType)) return undefined;
  const match = /;\s*boundary=(?:"([^"]{1,70})"|([^\s;]{1,70}))/i.exec(contentType);
  return match?.[1] ?? match?.[2];
}

/**
 * The fields of a form, as a JSON body would have them: `a[b]` is the field `b` of `a`, `a[]` an entry of the array `a`.
 * Files become {@link UploadedFile}. `undefined` when the body is no well-formed form.
 */
export function parseMultipart(body: Buffer, boundary: string): Form | undefined {
  const form: Form = Object.create(null) as Form;
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  // The first delimiter needs no line break before it.
  const opening = delimiter.subarray(2);
  let at = body.indexOf(opening);
  if (at === -1) return undefined;
  at += opening.length;
  for (let parts = 0; parts <= PARTS_MOST; parts += 1) {
    if (body[at] === 45 && body[at + 1] === 45) return { ...form };
    const start = body.indexOf('\r\n', at);
    const headEnd = body.indexOf(CRLF2, start);
    const end = body.indexOf(delimiter, headEnd);
    if (start === -1 || headEnd === -1 || end === -1 || headEnd - start > HEAD_BYTES) return undefined;
    const head = body.toString('utf8', start + 2, headEnd);
    if (!keepPart(form, head, body.subarray(Math.min(headEnd + CRLF2.length, end), end))) return undefined;
    at = end + delimiter.length;
  }
  return undefined;
}

function keepPart(form: Form, head: string, bytes: Buffer): boolean {
  const disposition = /^content-disposition:\s*form-data\s*;(.*)$/im.exec(head)?.[1];
  const name = parameterOf(disposition, 'name');
  if (name === undefined || name === '') return false;
  const filename = parameterOf(disposition, 'filename');
  const contentType = /^content-type:\s*(\S.*?)\s*$/im.exec(head)?.[1] ?? 'application/octet-stream';
  // Copied: a file that is kept must not hold on to the whole body.
  const value = filename === undefined ? bytes.toString() : new UploadedFile(filename, contentType, Buffer.from(bytes));
  put(form, pathOf(name), value);
  return true;
}

function parameterOf(disposition: string | undefined, name: string): string | undefined {
  const match = new RegExp(`;\\s*${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s;]+))`, 'i').exec(`;${disposition ?? ''}`);
  return match?.[1]?.replaceAll(/\\(.)/g, '$1').replaceAll('%22', '"') ?? match?.[2];
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
