import type { JsonObject } from '../core/json.ts';
import type { Citation } from './conversation.ts';

/** Members of OpenAI's `url_citation`; undefined for a source without an address, which OpenAI's families have no form for. */
export function urlCitation({ url, title, start, end }: Citation, from: number, to: number): JsonObject | undefined {
  if (url === undefined) return undefined;
  return {
    start_index: start === undefined ? from : from + start,
    end_index: end === undefined ? to : from + end,
    url,
    title: title ?? url,
  };
}

/** The text that a client sees as one, although the endpoint cut it into blocks. */
export class CitedText {
  #length = 0;
  #blockStart = 0;
  /** Sources of the whole block: where it ends is known at its end only. */
  #waiting: Citation[] = [];

  begin(): void {
    this.#blockStart = this.#length;
  }

  add(text: string): void {
    this.#length += text.length;
  }

  /** The annotation, where its place is known. */
  cite(citation: Citation): JsonObject | undefined {
    if (citation.start !== undefined && citation.end !== undefined) {
      return urlCitation(citation, this.#blockStart, this.#length);
    }
    this.#waiting.push(citation);
    return undefined;
  }

  /** The annotations that waited for the end of the block. */
  end(): JsonObject[] {
    const found = this.#waiting.map((citation) => urlCitation(citation, this.#blockStart, this.#length));
    this.#waiting = [];
    return found.filter((citation) => citation !== undefined);
  }
}
