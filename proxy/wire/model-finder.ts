import { ProxyError } from '../core/errors.ts';
import { type FoundMember, JsonFinder } from './json-find.ts';
import type { ModelMention } from './model-mention.ts';
import { boundaryOf, MultipartFinder } from './multipart.ts';

/** What a body says of where it belongs. */
export interface BodyFindings {
  readonly mentions: readonly ModelMention[];
  /** Only the endpoint that made that response can go on from it. */
  readonly previousResponseId?: string;
}

/** Reads a body in pieces. Both throw ProxyError (400) for a body whose model cannot be told. */
export interface ModelFinder {
  push(piece: Buffer): void;
  /** To be called once, after the last piece. */
  end(): BodyFindings;
}

export interface FinderOptions {
  readonly contentType: string;
  /** Looks for `session.model`, or the form field `session`, too. */
  readonly session: boolean;
  /** What names may begin with and is no part of them, e.g. `models/`. */
  readonly collection?: string | undefined;
  /** A body that is neither a form nor a JSON object is refused; else it names no model. */
  readonly strict: boolean;
}

const MODEL = 'model';
const SESSION = 'session';
const PREVIOUS = 'previous_response_id';
const MEMBERS: ReadonlySet<string> = new Set([MODEL, PREVIOUS]);
const FIELDS: ReadonlySet<string> = new Set([MODEL]);
const SESSION_FIELDS: ReadonlySet<string> = new Set([MODEL, SESSION]);

/** For bodies that are passed on unread. */
export const NO_FINDER: ModelFinder = { push: () => undefined, end: () => ({ mentions: [] }) };

/** The finder for a body of that content type. Throws ProxyError `invalid_value` for a form without a boundary. */
export function modelFinder(options: FinderOptions): ModelFinder {
  return /^\s*multipart\//i.test(options.contentType) ? new FormReader(options) : new ObjectReader(options);
}

class ObjectReader implements ModelFinder {
  readonly #finder: JsonFinder;
  readonly #options: FinderOptions;
  #bytes = 0;

  constructor(options: FinderOptions) {
    this.#options = options;
    this.#finder = new JsonFinder(MEMBERS, options.session ? SESSION : undefined);
  }

  push(piece: Buffer): void {
    this.#bytes += piece.length;
    this.#finder.push(piece);
  }

  end(): BodyFindings {
    const { contentType, strict, session, collection } = this.#options;
    if (!this.#finder.whole) {
      // An SDP offer names no model: its session was minted with one.
      const isOffer = session && /^\s*application\/sdp\b/i.test(contentType);
      const expected = (strict && !isOffer) || /\bjson\b/i.test(contentType);
      if (expected && this.#bytes > 0) throw notRead();
      return { mentions: [] };
    }
    return findings(this.#finder.found, collection);
  }
}

class FormReader implements ModelFinder {
  readonly #finder: MultipartFinder;

  constructor({ contentType, session }: FinderOptions) {
    this.#finder = new MultipartFinder(boundaryOf(contentType), session ? SESSION_FIELDS : FIELDS);
  }

  push(piece: Buffer): void {
    this.#finder.push(piece);
  }

  end(): BodyFindings {
    this.#finder.end();
    const mentions = this.#finder.found.flatMap(({ name, start, end, value }): ModelMention[] => {
      if (name === SESSION) return inSession(value, start);
      return value.length === 0 ? [] : [{ model: value.toString('utf8'), start, end, syntax: 'text' }];
    });
    return { mentions };
  }
}

/** The form field `session` is a JSON object, which begins at `offset` of the body. */
function inSession(value: Buffer, offset: number): ModelMention[] {
  const finder = new JsonFinder(MEMBERS);
  finder.push(value);
  if (!finder.whole) throw notRead(SESSION);
  return findings(finder.found).mentions.map((mention) => ({
    ...mention,
    start: mention.start + offset,
    end: mention.end + offset,
  }));
}

function findings(found: readonly FoundMember[], collection = ''): BodyFindings {
  const named = found.filter(({ name, isNull }) => name === MODEL && !isNull).map(mentionOf);
  const mentions = collection === '' ? named : named.map((mention) => withoutPrefix(mention, collection));
  const previous = found.findLast(({ name }) => name === PREVIOUS)?.value;
  return { mentions, ...(previous === undefined ? {} : { previousResponseId: previous }) };
}

function withoutPrefix(mention: ModelMention, prefix: string): ModelMention {
  const { model } = mention;
  return model.startsWith(prefix) ? { ...mention, model: model.slice(prefix.length), prefix } : mention;
}

function mentionOf({ value, start, end }: FoundMember): ModelMention {
  if (value === undefined) {
    throw new ProxyError('invalid_type', "Invalid type for 'model': expected the name of a model.", { param: MODEL });
  }
  return { model: value, start, end, syntax: 'json' };
}

function notRead(field?: string): ProxyError {
  const what = field === undefined ? 'the body' : `the form field '${field}'`;
  return new ProxyError(
    'invalid_json',
    `The model of the request cannot be told: ${what} is not a JSON object${field === undefined ? ' and not a form' : ''}.`,
  );
}
