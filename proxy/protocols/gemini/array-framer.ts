import { splitEvents } from '../../wire/sse.ts';
import type { StreamFramer } from '../types.ts';
import { payloadText } from './chunk.ts';

/** Between two elements, as the real API writes it. */
const SEPARATOR = ',\r\n';

/**
 * Writes a stream of events as the JSON array that clients get who do not ask for events: the payload of each event is an
 * element, its bytes as they came.
 */
export class ArrayFramer implements StreamFramer {
  readonly contentType = 'application/json; charset=UTF-8';
  #begun = false;

  write(events: Buffer): Buffer {
    const elements = splitEvents(events)
      .map(payloadText)
      .filter((payload) => payload !== '');
    return Buffer.from(elements.map((element) => this.#element(element)).join(''));
  }

  end(): Buffer {
    return Buffer.from(this.#begun ? ']' : '[]');
  }

  #element(payload: string): string {
    const before = this.#begun ? SEPARATOR : '[';
    this.#begun = true;
    return before + payload;
  }
}
