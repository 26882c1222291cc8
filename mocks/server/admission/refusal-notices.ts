import type { Operation } from '../../dialects/reply.ts';
import type { Violation } from '../../strictness/index.ts';

/** So many requests are all looked at, and of the others one in so many: judging takes time that a load test should not pay for. */
const ALL_OF_THE_FIRST = 1000;
const THEN_ONE_OF = 20;
const MOST_KINDS = 50;
const MOST_CHARACTERS = 400;

const unnumbered = (text: string): string => text.replaceAll(/\d+/g, '0');
const unquoted = (text: string): string => unnumbered(text.replaceAll(/'[^']*'|`[^`]*`/g, ''));

function kindOf(operation: Operation, { code, param, message }: Violation): string {
  return [operation.id, code, unnumbered(param ?? ''), code === null ? unquoted(message) : ''].join(' ');
}

/** On one line, whatever the request wrote into the message. */
function lineOf({ method, path }: Operation, message: string): string {
  const shown = message.replaceAll(/\p{Cc}+/gu, ' ').slice(0, MOST_CHARACTERS);
  return `llmproxy mock: the provider would refuse this ${method} ${path}: ${shown} (strictness 'openai' refuses it; an explicit 'off' ends these notices)\n`;
}

/** Says what the provider would have refused, once a kind, while strictness was not chosen. */
export class RefusalNotices {
  readonly #print: (line: string) => void;
  readonly #kinds = new Set<string>();
  #requests = 0;

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  /** `judge` says what the provider would refuse the request for. */
  look(operation: Operation, judge: () => Violation | undefined): void {
    this.#requests += 1;
    if (this.#requests > ALL_OF_THE_FIRST && this.#requests % THEN_ONE_OF !== 0) return;
    const found = judge();
    if (found === undefined) return;
    const kind = kindOf(operation, found);
    if (this.#kinds.has(kind) || this.#kinds.size >= MOST_KINDS) return;
    this.#kinds.add(kind);
    this.#print(lineOf(operation, found.message));
  }
}
