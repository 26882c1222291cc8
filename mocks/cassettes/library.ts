import { boundaryOf } from '../server/multipart.ts';
import type { CanonicalRequest } from './canonical.ts';
import { canonical, differences, keyOf } from './canonical.ts';
import type { Cassette, HeaderLines, Recording } from './cassette.ts';
import { toBytes } from './cassette.ts';
import { Scrubber } from './scrub.ts';

export interface AskedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: HeaderLines;
  readonly body: Buffer;
}

interface Shelf {
  readonly request: CanonicalRequest;
  readonly recordings: Recording[];
  next: number;
}

export interface NearestMiss {
  readonly route: string;
  readonly differences: readonly string[];
}

function contentTypeOf(headers: HeaderLines): string | undefined {
  return headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1];
}

/** The recordings of a cassette by what was asked. Equal requests get theirs in the order in which they were recorded, and then the last one again. */
export class Library {
  readonly #ignore: readonly string[];
  readonly #shelves = new Map<string, Shelf>();

  constructor({ head, recordings }: Cassette, ignore: readonly string[] = []) {
    this.#ignore = [...head.ignore, ...ignore];
    for (const recording of recordings) {
      const { method, url, body } = recording.request;
      const request = canonical(
        { method, url, contentType: contentTypeOf(recording.request.headers), body: toBytes(body) },
        this.#ignore,
      );
      const key = keyOf(request);
      const shelf = this.#shelves.get(key);
      if (shelf === undefined) this.#shelves.set(key, { request, recordings: [recording], next: 0 });
      else shelf.recordings.push(recording);
    }
  }

  take(asked: AskedRequest): Recording | undefined {
    const shelf = this.#shelves.get(keyOf(this.#canonical(asked)));
    if (shelf === undefined) return undefined;
    const recording = shelf.recordings[Math.min(shelf.next, shelf.recordings.length - 1)];
    shelf.next += 1;
    return recording;
  }

  /** The recorded request that comes closest, of the same route if there is one. */
  nearest(asked: AskedRequest): NearestMiss | undefined {
    const wanted = this.#canonical(asked);
    const judged = [...this.#shelves.values()].map(({ request }) => ({
      route: request.route,
      sameRoute: request.route === wanted.route,
      differences: differences(wanted, request),
    }));
    return judged.toSorted(
      (a, b) => Number(b.sameRoute) - Number(a.sameRoute) || a.differences.length - b.differences.length,
    )[0];
  }

  /** What was recorded has no secrets in it any more: what is asked must not have them either. A form keeps its files. */
  #canonical({ method, url, headers, body }: AskedRequest): CanonicalRequest {
    const contentType = contentTypeOf(headers);
    const scrubber = new Scrubber();
    scrubber.learn(headers);
    const isForm = contentType !== undefined && boundaryOf(contentType) !== undefined;
    const clean = isForm ? body : scrubber.bytes(body);
    return canonical({ method, url: scrubber.url(url), contentType, body: clean }, this.#ignore);
  }
}
