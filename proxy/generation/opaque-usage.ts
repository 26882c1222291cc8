import type { IncomingHttpHeaders } from 'node:http';
import type { JsonObject } from '../core/json.ts';
import { answerUsage, mediaEventUsage } from '../protocols/answer-usage.ts';
import { usageSum } from '../protocols/token-usage.ts';
import type { TokenUsage } from '../protocols/types.ts';
import { JsonFinder } from '../wire/json-find.ts';
import { parseObject } from '../wire/json-object.ts';
import { dataBytes } from '../wire/sse-event.ts';
import { EventSplitter, EventTooLargeError } from '../wire/sse.ts';

/** Bytes of JSON that are parsed as a whole; of a larger text only the usage is, and its pictures are counted. */
const PARSE_LIMIT = 1024 * 1024;
/** Bytes that a `usage` may have in a larger one. */
const USAGE_LIMIT = 16 * 1024;
const USAGE: ReadonlySet<string> = new Set(['usage', 'usageMetadata']);
/** The name of a picture's data. In a string its quotes would be escaped. */
const PICTURE = Buffer.from('"b64_json":');
const BACKSLASH = 92;
const BILLED_EVENT = ['"usage', '.completed"'];

/** Reads what an answer is billed while its bytes pass by; it never changes them, and keeps a bounded part. */
export interface OpaqueUsage {
  push(chunk: Buffer): void;
  /** What was reported until now; to be asked once. */
  end(): TokenUsage | undefined;
}

/** The reader for an answer with this head; undefined for one that says nothing of usage: sound, pictures, what is compressed. */
export function opaqueUsage(headers: IncomingHttpHeaders): OpaqueUsage | undefined {
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') return undefined;
  const [type = ''] = (headers['content-type'] ?? '').toLowerCase().split(';', 1);
  if (type.trim() === 'text/event-stream') return new StreamUsage();
  return /^application\/(?:[\w.-]+\+)?json\s*$/.test(type) ? new BodyUsage() : undefined;
}

class BodyUsage implements OpaqueUsage {
  readonly #json = new BoundedJson();

  push(chunk: Buffer): void {
    this.#json.push(chunk);
  }

  end(): TokenUsage | undefined {
    const answer = this.#json.end();
    return answer && answerUsage(answer);
  }
}

/** Reads the events of a stream: each of a picture or of sound counts, of all others the last that says usage. */
class StreamUsage implements OpaqueUsage {
  #splitter: EventSplitter | undefined = new EventSplitter();
  #sum: TokenUsage | undefined;
  #last: TokenUsage | undefined;

  push(chunk: Buffer): void {
    try {
      for (const event of this.#splitter?.push(chunk) ?? []) this.#read(event);
    } catch (error) {
      if (!(error instanceof EventTooLargeError)) throw error;
      // What follows cannot be told apart any more.
      this.#splitter = undefined;
    }
  }

  end(): TokenUsage | undefined {
    const rest = this.#splitter?.end();
    if (rest) this.#read(rest.bytes);
    return usageSum(this.#sum, this.#last);
  }

  #read(event: Buffer): void {
    if (!BILLED_EVENT.some((sign) => event.includes(sign))) return;
    const payload = dataBytes(event);
    if (payload === undefined) return;
    const json = new BoundedJson();
    json.push(payload);
    const answer = json.end();
    const media = answer && mediaEventUsage(answer);
    if (media) this.#sum = usageSum(this.#sum, media);
    else this.#last = (answer && answerUsage(answer)) ?? this.#last;
  }
}

/**
 * A JSON object of any size. Up to `PARSE_LIMIT` it is kept; of a larger one the members `usage`, `usageMetadata` and `type` are read,
 * and `data` has as many pictures as went by.
 */
class BoundedJson {
  #kept: Buffer[] | undefined = [];
  #bytes = 0;
  readonly #finder = new JsonFinder(new Set([...USAGE, 'type']));
  #seen = 0;
  #tail = Buffer.alloc(0);
  #pictures = 0;
  readonly #members: JsonObject = {};

  push(chunk: Buffer): void {
    this.#bytes += chunk.length;
    this.#kept?.push(chunk);
    if (this.#bytes <= PARSE_LIMIT) return;
    const pieces = this.#kept ?? [chunk];
    this.#kept = undefined;
    for (const piece of pieces) this.#skim(piece);
  }

  end(): JsonObject | undefined {
    if (this.#kept) return parseObject(Buffer.concat(this.#kept).toString());
    if (!this.#finder.whole) return undefined;
    return { ...this.#members, data: Array.from({ length: this.#pictures }, () => ({ b64_json: '' })) };
  }

  #skim(piece: Buffer): void {
    const from = this.#seen - this.#tail.length;
    const window = Buffer.concat([this.#tail, piece]);
    this.#finder.push(piece);
    this.#pictures += pictures(window, this.#tail.length);
    this.#seen += piece.length;
    for (const { name, start, end, value } of this.#finder.found.splice(0)) {
      if (value !== undefined) this.#members[name] = value;
      else if (start >= from) {
        const usage = parseObject(window.toString('utf8', start - from, end - from));
        if (usage) this.#members[name] = usage;
      }
    }
    this.#tail = Buffer.from(window.subarray(Math.max(0, window.length - USAGE_LIMIT)));
  }
}

/** Names of pictures that end behind the first `before` bytes. */
function pictures(window: Buffer, before: number): number {
  let count = 0;
  for (let at = window.indexOf(PICTURE); at !== -1; at = window.indexOf(PICTURE, at + 1)) {
    if (at + PICTURE.length > before && window[at - 1] !== BACKSLASH) count += 1;
  }
  return count;
}
