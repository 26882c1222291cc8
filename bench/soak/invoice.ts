import type { JournalEntry, Mock } from '../../mocks/index.ts';

export interface Sums {
  readonly input: number;
  readonly output: number;
}

export interface Invoice {
  /** Of answers in which the mock said what they cost. */
  readonly stated: Sums;
  /** Of answers that began and in which it did not. */
  readonly unstated: Sums;
}

/** What one answer costs. */
export interface InvoiceLine extends Sums {
  readonly stated: boolean;
  readonly prompt: string;
}

const SETTLED_MS = 1_000;

/** Usage stands in a whole body, in a whole Responses stream, and in a chat stream that was asked for it. */
function isStated({ aborted, fault, stream, body, path }: JournalEntry): boolean {
  if (aborted || fault !== undefined) return false;
  const options = (body as { stream_options?: { include_usage?: boolean } } | undefined)?.stream_options;
  return !stream || path.endsWith('/responses') || options?.include_usage === true;
}

function promptOf({ body }: JournalEntry): string {
  const asked = body as { messages?: { content: string }[]; input?: string } | undefined;
  return asked?.input ?? asked?.messages?.[0]?.content ?? '';
}

/**
 * What the mocks bill, read from their journals while the requests run: a journal keeps the last 10,000 requests.
 * An answer of which no byte was sent is left out, and of one that broke off the tokens that were sent are counted: more the
 * proxy cannot know.
 */
export class InvoiceReader {
  readonly #mocks: readonly Mock[];
  readonly #lines = new Map<string, InvoiceLine>();
  #since = 0;

  constructor(mocks: readonly Mock[]) {
    this.#mocks = mocks;
  }

  async read(): Promise<void> {
    const began = Date.now();
    const journals = await Promise.all(this.#mocks.map((mock) => mock.requests({ since: this.#since })));
    let oldest = began;
    for (const entry of journals.flat()) {
      if (entry.endedAt === undefined) oldest = Math.min(oldest, entry.at);
      else if (entry.billed !== undefined && entry.bytesOut > 0) {
        const stated = isStated(entry);
        const { input, output } = entry.billed;
        this.#lines.set(entry.id, {
          stated,
          prompt: promptOf(entry),
          input,
          output: stated ? output : Math.min(output, entry.tokensOut),
        });
      }
    }
    this.#since = oldest - SETTLED_MS;
  }

  get lines(): readonly InvoiceLine[] {
    return [...this.#lines.values()];
  }

  total(): Invoice {
    return { stated: this.#sum(true), unstated: this.#sum(false) };
  }

  #sum(stated: boolean): Sums {
    const lines = this.lines.filter((line) => line.stated === stated);
    const of = (side: keyof Sums): number => lines.reduce((sum, line) => sum + line[side], 0);
    return { input: of('input'), output: of('output') };
  }
}
