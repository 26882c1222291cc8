import { createHash } from 'node:crypto';
import { UploadedFile } from '../dialects/uploaded-file.ts';
import { parseBody } from '../server/body.ts';

/** A request as far as it counts when two are compared. */
export interface CanonicalRequest {
  /** `POST /v1/responses?include=a`: parameters in the order of their names. */
  readonly route: string;
  /** Values by path: `messages[0].content`. */
  readonly fields: ReadonlyMap<string, string>;
}

interface RequestParts {
  readonly method: string;
  /** With the query. */
  readonly url: string;
  readonly contentType: string | undefined;
  readonly body: Buffer;
}

function routeOf(method: string, url: string): string {
  const mark = url.indexOf('?');
  if (mark === -1) return `${method} ${url}`;
  const query = new URLSearchParams(url.slice(mark + 1));
  query.sort();
  return `${method} ${url.slice(0, mark)}?${query.toString()}`;
}

/** `a.*.b` fits `a[0].b` and `a.x.b`; a path that is ignored takes what lies below it along. */
function isIgnored(path: string, ignore: readonly string[]): boolean {
  const steps = path.replaceAll(/\[(\d+)\]/g, '.$1').split('.');
  return ignore.some((pattern) => {
    const wanted = pattern.replaceAll(/\[(\d+|\*)\]/g, '.$1').split('.');
    return wanted.length <= steps.length && wanted.every((step, at) => step === '*' || step === steps[at]);
  });
}

function collect(value: unknown, path: string, into: Map<string, string>): void {
  if (value instanceof UploadedFile) {
    const { filename, contentType, bytes } = value;
    into.set(path, `${filename} ${contentType} ${createHash('sha256').update(bytes).digest('hex')}`);
  } else if (Array.isArray(value)) {
    if (value.length === 0) into.set(path, '[]');
    for (const [index, element] of value.entries()) collect(element, `${path}[${index}]`, into);
  } else if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value);
    if (entries.length === 0) into.set(path, '{}');
    for (const [name, inner] of entries) collect(inner, path === '' ? name : `${path}.${name}`, into);
  } else into.set(path, JSON.stringify(value) ?? 'undefined');
}

/** Key order, white space, the spelling of numbers and the boundary of a form do not count; headers do not either. */
export function canonical(
  { method, url, contentType, body }: RequestParts,
  ignore: readonly string[],
): CanonicalRequest {
  const fields = new Map<string, string>();
  if (body.length > 0) collect(parseBody(body, contentType) ?? body.toString('latin1'), '', fields);
  for (const path of fields.keys()) if (isIgnored(path, ignore)) fields.delete(path);
  return { route: routeOf(method, url), fields };
}

export function keyOf({ route, fields }: CanonicalRequest): string {
  const sorted = [...fields].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([route, sorted]);
}

/** What tells two requests apart, a sentence each. */
export function differences(asked: CanonicalRequest, recorded: CanonicalRequest): readonly string[] {
  const shown = (value: string | undefined): string =>
    value === undefined ? 'nothing' : value.length > 80 ? `${value.slice(0, 80)}…` : value;
  const route = asked.route === recorded.route ? [] : [`route: recorded ${recorded.route}, asked for ${asked.route}`];
  const paths = [...new Set([...recorded.fields.keys(), ...asked.fields.keys()])];
  const fields = paths
    .filter((path) => recorded.fields.get(path) !== asked.fields.get(path))
    .map((path) => {
      const name = path === '' ? 'body' : path;
      return `${name}: recorded ${shown(recorded.fields.get(path))}, asked for ${shown(asked.fields.get(path))}`;
    });
  return [...route, ...fields];
}
