import { ProxyError } from '../core/errors.ts';

/** The path and query of a request target, in the one spelling that is routed and sent on. */
export interface Target {
  readonly path: string;
  /** Without the question mark, byte for byte as the client wrote it. */
  readonly query: string;
}

/** Paths that are canonical as they stand: nearly all of them. */
const CANONICAL = /^(?:\/[a-z0-9_~!$&'()*+,=:@.-]*[a-z0-9_~!$&'()*+,=:@-])+$/;
/** RFC 3986 allows no others; an endpoint could drop or end the path at one of them. */
const VISIBLE = /^[\x21-\x7e]+$/;
/** Characters that a path segment holds unescaped (RFC 3986 section 3.3), which `encodeURIComponent` escapes. */
const NEEDLESS_ESCAPE = /%(?:2[46BC]|3[AD]|40)/g;
const CONTROL = /\p{Cc}/u;
const MODELS = 'models';
const DEPLOYMENTS = 'deployments';

/** With these the path of an API begins: versions, and the names under which a host serves several APIs. */
const PREFIXES = new Set(['v1', 'v1beta', 'v1alpha', 'openai', 'anthropic', 'upload', 'download']);

/**
 * Words of the API's own paths. Servers that compare paths without case would read `/v1/Chat/completions` as a route
 * that this proxy had not recognised; identifiers never are such a word in another case.
 */
const API_WORDS = new Set([
  'assistants',
  'audio',
  'batches',
  'calls',
  'chat',
  'chatkit',
  'client_secrets',
  'compact',
  'completions',
  'containers',
  'conversations',
  DEPLOYMENTS,
  'edits',
  'embeddings',
  'evals',
  'files',
  'fine_tuning',
  'generations',
  'images',
  'input_tokens',
  'jobs',
  'messages',
  MODELS,
  'moderations',
  'organization',
  'projects',
  'realtime',
  'rerank',
  'responses',
  'runs',
  'sessions',
  'skills',
  'speech',
  'threads',
  'transcription_sessions',
  'transcriptions',
  'translations',
  'uploads',
  'v1',
  'variations',
  'vector_stores',
  'voice_consents',
  'voices',
  'webhook_endpoints',
  'webhook_event_types',
  'videos',
]);

/**
 * Reads a request target in origin form, or in absolute form when it names the host that was asked (RFC 9112 section
 * 3.2). Every spelling of a path comes out as the same canonical path, or is refused with ProxyError `invalid_request`:
 * what is routed is what an endpoint gets to see.
 */
export function canonicalTarget(raw: string, host: string | undefined): Target {
  const target = originForm(raw, host);
  const mark = target.indexOf('?');
  const path = mark === -1 ? target : target.slice(0, mark);
  const query = mark === -1 ? '' : target.slice(mark + 1);
  if (!path.startsWith('/')) throw malformed('its target is not a path');
  if (!VISIBLE.test(target)) throw malformed('its target has characters that must be escaped');
  if (target.includes('#')) throw malformed('its target has a fragment');
  return { path: CANONICAL.test(path) ? path : canonicalPath(path), query };
}

/** What the target is written as on a request line. */
export function writeTarget({ path, query }: Target): string {
  return query === '' ? path : `${path}?${query}`;
}

/** Refuses a request that two HTTP implementations could read in two ways; the connection ends with the answer. */
export function malformed(reason: string): ProxyError {
  return new ProxyError('invalid_request', `The HTTP request is refused: ${reason}.`, {
    headers: { connection: 'close' },
  });
}

function canonicalPath(path: string): string {
  if (path.includes('\\')) throw malformed('its path has a backslash');
  const segments = unescapeOnce(path)
    .split('/')
    .filter((segment) => segment !== '');
  for (const segment of segments) assertPlainSegment(segment);
  return `/${withApiCase(segments).map(escapeSegment).join('/')}`;
}

function unescapeOnce(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw malformed('its path has a broken escape sequence');
  }
}

/** Refuses what some server reads as something else than the characters it is made of. */
function assertPlainSegment(segment: string): void {
  if (/%[0-9a-f]{2}/i.test(segment)) throw malformed('its path is escaped twice');
  if (segment.includes(';')) throw malformed('its path has parameters');
  if (segment.includes('\\')) throw malformed('its path has a backslash');
  if (CONTROL.test(segment)) throw malformed('its path has a control character');
  if (/^\s|[.\s]$/.test(segment))
    throw malformed('a segment of its path ends with a dot, or begins or ends with a space');
}

/** The API's own words in lower case; the name of a model or of a deployment is not one of them. */
function withApiCase(segments: readonly string[]): string[] {
  let prefix = 0;
  let words = 2;
  let name = -1;
  let underModels = false;
  return segments.map((segment, index) => {
    const lower = segment.toLowerCase();
    if (index === prefix && PREFIXES.has(lower)) {
      prefix += 1;
      words += 1;
      return lower;
    }
    if (index === name || index >= words || underModels || !API_WORDS.has(lower)) return segment;
    if (lower === DEPLOYMENTS && index === prefix) {
      name = index + 1;
      words += 2;
    }
    underModels = lower === MODELS;
    return lower;
  });
}

function escapeSegment(segment: string): string {
  return encodeURIComponent(segment).replaceAll(NEEDLESS_ESCAPE, decodeURIComponent);
}

/** An absolute-form target (RFC 9112 section 3.2.2) is taken when it names the host that was asked. */
function originForm(target: string, host: string | undefined): string {
  const absolute = /^https?:\/\/([^/?#]*)(.*)$/is.exec(target);
  if (!absolute) return target;
  const [, authority = '', rest = ''] = absolute;
  if (authority.toLowerCase() !== host?.toLowerCase()) throw malformed('its target names another host');
  return rest.startsWith('/') ? rest : `/${rest}`;
}
