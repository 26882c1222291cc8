import { readFileSync } from 'node:fs';

/** What answers of a whole conformance run were of. The run fails when it is not what the list says. */
export interface Covered {
  /** `POST /v1/responses` */
  readonly operations: readonly string[];
  /** Types of events of Responses streams. */
  readonly events: readonly string[];
}

export function readCovered(): Covered {
  const file = new URL('../../tests/conformance/covered.json', import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as Covered;
}
