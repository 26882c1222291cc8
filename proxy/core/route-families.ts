/**
 * The routes below the version that the proxy does not interpret, by family. `passthrough.allow` names families; the rest of a
 * row decides where such a request may go. A path that is in no other family belongs to `other`.
 */
export interface RouteRule {
  readonly family: RouteFamily;
  /**
   * Where the body names its model: in the member or form field `model`, or in `session.model` besides. `nowhere`: the
   * body is not looked at and may be of any size.
   */
  readonly model: 'body' | 'session' | 'nowhere';
  /** The provider keeps what such a request creates, or the request reads what is kept: it belongs to one account. */
  readonly keeps: boolean;
}

interface Row extends RouteRule {
  /** Path segments below `/v1`; a longer path belongs to the row as well. The first row that fits is taken. */
  readonly path: string;
}

type Names = readonly string[];

const row = (path: string, family: RouteFamily, model: RouteRule['model'], keeps: boolean): Row => ({
  path,
  family,
  model,
  keeps,
});

/** Families whose requests name the model that they use, so that it can be checked against the configuration. */
const NAMING = [
  'chat',
  'completions',
  'embeddings',
  'responses',
  'images',
  'audio',
  'moderations',
  'rerank',
  'messages',
  'realtime',
  'videos',
  'model_methods',
] as const;

export const ROUTE_FAMILIES = [
  ...NAMING,
  'files',
  'uploads',
  'batches',
  'vector_stores',
  'fine_tuning',
  'assistants',
  'threads',
  'conversations',
  'containers',
  'evals',
  'skills',
  'chatkit',
  'models',
  'webhooks',
  'organization',
  'projects',
  'cached_contents',
  'file_search_stores',
  'tuned_models',
  'interactions',
  'other',
] as const;

export type RouteFamily = (typeof ROUTE_FAMILIES)[number];

const ROWS: readonly Row[] = [
  row('chat', 'chat', 'body', true),
  row('completions', 'completions', 'body', false),
  row('embeddings', 'embeddings', 'body', false),
  row('responses/compact', 'responses', 'body', false),
  row('responses/input_tokens', 'responses', 'body', false),
  row('responses', 'responses', 'body', true),
  row('images', 'images', 'body', false),
  row('audio/voices', 'audio', 'nowhere', true),
  row('audio/voice_consents', 'audio', 'nowhere', true),
  row('audio', 'audio', 'body', false),
  row('moderations', 'moderations', 'body', false),
  row('rerank', 'rerank', 'body', false),
  row('messages/batches', 'batches', 'nowhere', true),
  row('messages', 'messages', 'body', false),
  row('realtime', 'realtime', 'session', true),
  row('videos', 'videos', 'body', true),
  row('files', 'files', 'nowhere', true),
  row('uploads', 'uploads', 'nowhere', true),
  row('batches', 'batches', 'nowhere', true),
  row('vector_stores', 'vector_stores', 'nowhere', true),
  row('fine_tuning', 'fine_tuning', 'body', true),
  row('assistants', 'assistants', 'body', true),
  row('threads', 'threads', 'body', true),
  row('conversations', 'conversations', 'nowhere', true),
  row('containers', 'containers', 'nowhere', true),
  row('evals', 'evals', 'nowhere', true),
  row('skills', 'skills', 'nowhere', true),
  row('chatkit', 'chatkit', 'nowhere', true),
  row('models', 'models', 'nowhere', true),
  row('cachedContents', 'cached_contents', 'body', true),
  row('fileSearchStores', 'file_search_stores', 'nowhere', true),
  row('tunedModels', 'tuned_models', 'nowhere', true),
  row('interactions', 'interactions', 'body', true),
  row('upload/files', 'files', 'nowhere', true),
  row('upload', 'file_search_stores', 'nowhere', true),
  row('download/files', 'files', 'nowhere', true),
  row('webhook_endpoints', 'webhooks', 'nowhere', true),
  row('webhook_event_types', 'webhooks', 'nowhere', true),
  row('organization', 'organization', 'nowhere', true),
  row('projects', 'projects', 'nowhere', true),
];

const OTHER: RouteRule = { family: 'other', model: 'body', keeps: true };

/** Families that manage the account itself: reachable only where the configuration names them. */
const ADMINISTRATIVE: Names = ['organization', 'projects'];

/** What `passthrough.allow` is when the file does not say. */
export function defaultFamilies(requireKey: boolean): readonly RouteFamily[] {
  return ROUTE_FAMILIES.filter((family) =>
    requireKey ? (NAMING as Names).includes(family) : !ADMINISTRATIVE.includes(family),
  );
}

/** `/models/{model}:{method}` of Gemini's API, where the method is none of the operations. */
const MODEL_METHOD = /^\/(?:models\/.+|tunedModels\/[^/]+):(\w+)$/;
/** Methods that begin something which the provider keeps. */
const KEEPING = /^(?:batch|asyncBatch)|LongRunning$/;

/** The rule for a path below the version, with its leading slash. */
export function routeRule(path: string): RouteRule {
  const [, method] = MODEL_METHOD.exec(path) ?? [];
  if (method !== undefined) return { family: 'model_methods', model: 'nowhere', keeps: KEEPING.test(method) };
  const [, ...segments] = path.split('/');
  return ROWS.find((row) => startsWith(segments, row.path.split('/'))) ?? OTHER;
}

/** First segments of the families' paths: the API that is also served without the `/v1` prefix. */
export const FAMILY_SEGMENTS: ReadonlySet<string> = new Set(ROWS.map(({ path }) => path.split('/', 1)[0] ?? ''));

function startsWith(segments: Names, prefix: Names): boolean {
  return prefix.every((segment, index) => segments[index] === segment);
}
