import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { answerUsage } from '../../protocols/answer-usage.ts';
import { usageSum } from '../../protocols/token-usage.ts';
import type { TokenUsage } from '../../protocols/types.ts';
import { parseObject } from '../../wire/json-object.ts';

/** Bytes of one file of results that are read. */
export const RESULTS_LIMIT = 64 * 1024 * 1024;
/** Bytes of one line that are kept. */
const LINE_LIMIT = 8 * 1024 * 1024;
/** Sums that are kept apart; a batch has one model, or a few. */
const MOST_SUMS = 100;
/** A sum ends here: more tokens than a thousand million are no usage of one call. */
const MOST_TOKENS = 500_000_000;
const NEWLINE = 10;

/** What requests of one model used together, all of them at the same prices. */
export interface ResultSum {
  readonly model: string;
  /** Index of the tier of prices that each of the requests has reached; -1 = none. */
  readonly tier: number;
  readonly requests: number;
  readonly usage: TokenUsage;
}

export interface ReadResults {
  readonly sums: readonly ResultSum[];
  /** Some of what was answered could not be read. */
  readonly isPartial: boolean;
}

/** Sums what the answers in a file of results used, line by line, while the file passes by. */
export class BatchResults {
  readonly #tierOf: (model: string, input: number) => number;
  readonly #sums: ResultSum[] = [];
  readonly #open = new Map<string, number>();
  #line: Buffer[] | undefined = [];
  #lineBytes = 0;
  #bytes = 0;
  #isPartial = false;

  /** `tierOf`: which tier of its model's prices a request with so much input reaches. */
  constructor(tierOf: (model: string, input: number) => number) {
    this.#tierOf = tierOf;
  }

  /** False where no more is read. */
  push(chunk: Buffer): boolean {
    this.#bytes += chunk.length;
    if (this.#bytes > RESULTS_LIMIT) {
      this.#isPartial = true;
      return false;
    }
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      this.#keep(chunk.subarray(start, end));
      this.#endLine();
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
    return true;
  }

  /** To be asked once. `isCut`: the file has more than was pushed. */
  end(isCut: boolean): ReadResults {
    if (!isCut && !this.#isPartial) this.#endLine();
    return { sums: this.#sums, isPartial: isCut || this.#isPartial };
  }

  #keep(bytes: Buffer): void {
    this.#lineBytes += bytes.length;
    if (this.#lineBytes > LINE_LIMIT) this.#line = undefined;
    else this.#line?.push(bytes);
  }

  #endLine(): void {
    const text = this.#line && Buffer.concat(this.#line).toString().trim();
    this.#line = [];
    this.#lineBytes = 0;
    if (text === '') return;
    const line = text === undefined ? undefined : parseObject(text);
    const answer = line && answerIn(line);
    if (answer === 'none') return;
    const usage = answer && answerUsage(answer);
    const model = answer?.['model'];
    if (usage === undefined || typeof model !== 'string') this.#isPartial = true;
    else this.#add(model, usage);
  }

  #add(model: string, usage: TokenUsage): void {
    const tier = this.#tierOf(model, usage.input);
    const name = `${tier} ${model}`;
    const at = this.#open.get(name);
    const before = at === undefined ? undefined : this.#sums[at];
    const sum = usageSum(before?.usage, usage) ?? usage;
    if (at !== undefined && before && sum.input <= MOST_TOKENS && sum.output <= MOST_TOKENS) {
      this.#sums[at] = { ...before, requests: before.requests + 1, usage: sum };
    } else if (this.#sums.length === MOST_SUMS) this.#isPartial = true;
    else this.#open.set(name, this.#sums.push({ model, tier, requests: 1, usage }) - 1);
  }
}

/** The answer of a line; `none` for a request that failed, and undefined for what is no line of results. */
function answerIn({ response, result }: JsonObject): JsonObject | 'none' | undefined {
  if (isJsonObject(result)) {
    if (result['type'] !== 'succeeded') return 'none';
    return isJsonObject(result['message']) ? result['message'] : undefined;
  }
  if (response === null) return 'none';
  if (!isJsonObject(response)) return undefined;
  const { status_code: status, body } = response;
  if (typeof status === 'number' && status >= 400) return 'none';
  return isJsonObject(body) ? body : undefined;
}
