import { styleText } from 'node:util';

/** Where a command writes: a stream of the process, or a test. */
export interface Stream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

export type Style = 'red' | 'green' | 'yellow' | 'dim';
export type Paint = (style: Style, text: string) => string;

/** Styles for a terminal alone: `NO_COLOR` turns them off, `FORCE_COLOR` on. */
export function paintFor({ isTTY = false }: Stream, environment: NodeJS.ProcessEnv): Paint {
  const { FORCE_COLOR: forced, NO_COLOR: none = '', TERM: terminal } = environment;
  const isStyled = forced === undefined ? isTTY && none === '' && terminal !== 'dumb' : !/^(?:0|false)$/.test(forced);
  return (style, text) => (isStyled ? styleText(style, text, { validateStream: false }) : text);
}

/** Work that is done sooner has no progress. */
const QUIET_MS = 1_000;
const CELLS = 24;
const CLEAR_LINE = '\r\u001B[2K';

/** One line of a terminal that says how far a command is; nothing where the stream is none. */
export class Progress {
  readonly #stream: Stream;
  readonly #total: number;
  readonly #now: () => number;
  readonly #startedAt: number;
  #isDrawn = false;

  /** `now`: monotonic milliseconds. */
  constructor(stream: Stream, total: number, now: () => number = () => performance.now()) {
    this.#stream = stream;
    this.#total = total;
    this.#now = now;
    this.#startedAt = now();
  }

  update(done: number, text: string): void {
    if (this.#stream.isTTY !== true || this.#now() - this.#startedAt < QUIET_MS) return;
    const full = Math.floor((done / Math.max(1, this.#total)) * CELLS);
    this.#stream.write(`${CLEAR_LINE}[${'#'.repeat(full)}${'-'.repeat(CELLS - full)}] ${done}/${this.#total}  ${text}`);
    this.#isDrawn = true;
  }

  /** Takes the line away, so that another one can be printed. */
  clear(): void {
    if (this.#isDrawn) this.#stream.write(CLEAR_LINE);
    this.#isDrawn = false;
  }
}
