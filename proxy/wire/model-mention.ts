import { ProxyError } from '../core/errors.ts';

/** A place where a request names its model: the bytes from `start` to `end` of its body, or characters of its query. */
export interface ModelMention {
  readonly model: string;
  readonly start: number;
  readonly end: number;
  /** What stands before the name there and is no part of it: the collection that Gemini's names begin with. */
  readonly prefix?: string;
  /** How a name is written there. */
  readonly syntax: 'json' | 'text' | 'query';
}

/** A range of a body and what is to stand there instead. */
export interface BytePatch {
  readonly start: number;
  readonly end: number;
  readonly bytes: Buffer;
}

/**
 * The one model that a request names, or undefined when it names none. Two different names are refused with
 * `invalid_value`: the endpoint might take the one that was not looked up.
 */
export function mentionedModel(mentions: readonly ModelMention[]): string | undefined {
  const [first] = mentions;
  if (first === undefined) return undefined;
  if (mentions.some(({ model }) => model !== first.model)) {
    throw new ProxyError('invalid_value', 'The request names more than one model.', { param: 'model' });
  }
  return first.model;
}

/** The mentions of a query without `?`. Some readers take a semicolon for a separator too. */
export function mentionsInQuery(query: string): ModelMention[] {
  const mentions: ModelMention[] = [];
  for (const match of query.matchAll(/[^&;]+/g)) {
    const [pair] = match;
    const equals = pair.indexOf('=');
    if (equals === -1 || decoded(pair.slice(0, equals)) !== 'model') continue;
    const start = match.index + equals + 1;
    const model = decoded(pair.slice(equals + 1));
    if (model !== '') mentions.push({ model, start, end: match.index + pair.length, syntax: 'query' });
  }
  return mentions;
}

/** What has to change so that a body names another model. Mentions that do already need no patch. */
export function renamingPatches(mentions: readonly ModelMention[], model: string): BytePatch[] {
  return mentions
    .filter((mention) => mention.model !== model)
    .map(({ start, end, syntax, prefix = '' }) => ({
      start,
      end,
      bytes: Buffer.from(written(prefix + model, syntax)),
    }));
}

/** The query with another model's name. */
export function renamedQuery(query: string, mentions: readonly ModelMention[], model: string): string {
  return mentions.toReversed().reduce((text, mention) => {
    if (mention.model === model) return text;
    return text.slice(0, mention.start) + written(model, mention.syntax) + text.slice(mention.end);
  }, query);
}

/** The body with its patches, which must be in order and apart. */
export function patched(body: Buffer, patches: readonly BytePatch[]): Buffer {
  if (patches.length === 0) return body;
  const pieces: Buffer[] = [];
  let done = 0;
  for (const { start, end, bytes } of patches) {
    pieces.push(body.subarray(done, start), bytes);
    done = end;
  }
  pieces.push(body.subarray(done));
  return Buffer.concat(pieces);
}

/** Bytes by which patches lengthen a body. */
export function growth(patches: readonly BytePatch[]): number {
  return patches.reduce((sum, { start, end, bytes }) => sum + bytes.length - (end - start), 0);
}

function written(model: string, syntax: ModelMention['syntax']): string {
  if (syntax === 'json') return JSON.stringify(model);
  return syntax === 'query' ? encodeURIComponent(model) : model;
}

function decoded(text: string): string {
  const spaced = text.replaceAll('+', ' ');
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}
