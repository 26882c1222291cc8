import type { Json } from '../../core/json.ts';
import { askMock, type MockPlace } from './mock-relay.ts';

/** What pages show of a mock: the name of each part, and its route. */
const PARTS: Readonly<Record<string, string>> = {
  journal: 'journal?last=100',
  answers: 'answers',
  faults: 'faults',
  clock: 'clock',
  limits: 'limits',
  script: 'script',
};
const TIMEOUT_MS = 2_000;

/** Looks at a mock again and again, and says what has changed. */
export class MockState {
  readonly #place: () => MockPlace;
  readonly #seen = new Map<string, string>();

  /** `place`: asked each time, because a bundled mock may move; may throw ProxyError. */
  constructor(place: () => MockPlace) {
    this.#place = place;
  }

  /** The parts that have changed, at first all of them; `fault`: why the mock cannot be asked, null once it can again. Undefined = nothing has. */
  async news(): Promise<Json | undefined> {
    const all = await this.#read();
    const changed = all.filter(([part, text]) => this.#seen.get(part) !== text);
    for (const [part, text] of changed) this.#seen.set(part, text);
    if (changed.length === 0) return undefined;
    return Object.fromEntries(changed.map(([part, text]) => [part, JSON.parse(text) as Json]));
  }

  async #read(): Promise<readonly (readonly [part: string, text: string])[]> {
    try {
      const place = this.#place();
      const read = Object.keys(PARTS).map(async (part) => [part, await textOf(place, part)] as const);
      return [['fault', 'null'], ...(await Promise.all(read))];
    } catch (error) {
      return [['fault', JSON.stringify(error instanceof Error ? error.message : String(error))]];
    }
  }
}

async function textOf(place: MockPlace, part: string): Promise<string> {
  const [name = '', query] = (PARTS[part] ?? '').split('?');
  const asked = { method: 'GET', name, query: new URLSearchParams(query), timeoutMs: TIMEOUT_MS };
  const { status, body } = await askMock(place, asked);
  const text = body.toString();
  if (status === 200) return text;
  const { error } = JSON.parse(text) as { readonly error?: { readonly message?: string } };
  throw new Error(`The mock '${place.name}' refuses: ${error?.message ?? status}.`);
}
