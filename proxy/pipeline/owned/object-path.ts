import { routeRule } from '../../core/route-families.ts';
import type { RequestHead } from '../../wire/http.ts';
import type { ProtocolFamily } from '../../protocols/types.ts';

/** Words of the API's own paths that stand in front of the first id. A word that is not listed is taken for an id. */
const WORDS: ReadonlySet<string> = new Set([
  'alpha',
  'batches',
  'calls',
  'characters',
  'checkpoints',
  'client_secrets',
  'compact',
  'completions',
  'edits',
  'extensions',
  'fileSearchStores',
  'files',
  'generate',
  'graders',
  'input_tokens',
  'jobs',
  'run',
  'runs',
  'sessions',
  'threads',
  'transcription_sessions',
  'translations',
  'validate',
  'voice_consents',
  'voices',
]);

/** Families of the account itself, which belong to no caller: they are open only where the configuration names them. */
const ACCOUNT: ReadonlySet<string> = new Set(['organization', 'projects', 'model_methods']);

/** Parameters that name an object of the collection that the path names. */
const CURSORS = ['after', 'before', 'after_id', 'before_id'] as const;

export interface ObjectPath {
  /** First segment of the path: what the ids are ids of. */
  readonly collection: string;
  /** The object that the path is about, with all that is below it; undefined for a whole collection. */
  readonly root: string | undefined;
  /** Whether the path ends with that object. */
  readonly isWhole: boolean;
  /** Objects that the query names. */
  readonly inQuery: readonly string[];
}

/** What a request on a route that is not interpreted is about; undefined where its provider keeps nothing of callers. */
export function objectPath({ path, query }: RequestHead, api: ProtocolFamily): ObjectPath | undefined {
  const rule = routeRule(path);
  if (!rule.keeps || ACCOUNT.has(rule.family)) return undefined;
  const [, collection = '', ...rest] = path.split('/').map((segment) => nameIn(segment, api));
  const at = rest.findIndex((segment) => !WORDS.has(segment));
  const root = at === -1 ? undefined : rest[at];
  const parameters = query === '' ? undefined : new URLSearchParams(query);
  const call = parameters?.getAll('call_id') ?? [];
  // Below an object cursors name parts of it.
  const cursors = root === undefined ? CURSORS.flatMap((name) => parameters?.getAll(name) ?? []) : [];
  return { collection, root, isWhole: at === rest.length - 1, inQuery: [...call, ...cursors] };
}

/** Gemini writes methods behind names: `batches/abc:cancel`. */
function nameIn(segment: string, api: ProtocolFamily): string {
  const name = api === 'gemini' ? segment.replace(/:[^:]*$/, '') : segment;
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
