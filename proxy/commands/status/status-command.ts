import { targetOf, type Target } from '../control-plane.ts';
import { paintFor } from '../paint.ts';
import { CommandFault, exitCodeOf, type CommandPlace } from '../place.ts';
import { lineText, type Line } from './lines.ts';
import type { StatusOptions } from './options.ts';
import { numberIn, memberOf, readStatus, type StatusReading } from './reading.ts';
import { statusPage } from './status-page.ts';

export interface StatusPlace extends CommandPlace {
  /** Ends the live table. */
  readonly signal: AbortSignal;
  /** Resolves after `ms`, or at once when the signal aborts. */
  readonly wait: (ms: number) => Promise<void>;
  /** Time of day in milliseconds. */
  readonly now: () => number;
}

const BETWEEN_MS = 1_000;
/** Of a terminal that does not say, or says 0. */
const TERMINAL = { columns: 80, rows: 24 };
const HIDE_CURSOR = '\u001B[?25l';
const SHOW_CURSOR = '\u001B[?25h';
const CLEAR_BELOW = '\u001B[J';

/**
 * `llmproxy status`: models and endpoints of a running proxy. On a terminal a table that is drawn anew each second until the signal
 * aborts; else, with `--once` and `--json`, once. Resolves to the exit code: 1 where the proxy does not answer the first time.
 */
export function runStatus(options: StatusOptions, place: StatusPlace): Promise<number> {
  return exitCodeOf('status', place, async () => {
    const target = targetOf(options, place);
    const first = await readStatus(target, place.signal);
    if (options.json === true) place.out.write(`${JSON.stringify({ url: target.url, ...first }, undefined, 2)}\n`);
    else if (options.once === true || place.out.isTTY !== true) {
      const lines = statusPage(first, { url: target.url, now: place.now() });
      place.out.write(textOf(lines, Infinity, place));
    } else await new LiveTable(target, place).run(first);
  });
}

function textOf(lines: readonly Line[], width: number, { out, environment }: CommandPlace): string {
  const paint = paintFor(out, environment);
  return lines.map((line) => `${lineText(line, width, paint).trimEnd()}\n`).join('');
}

/** A table at one place of a terminal. */
class LiveTable {
  readonly #target: Target;
  readonly #place: StatusPlace;
  #drawn = 0;

  constructor(target: Target, place: StatusPlace) {
    this.#target = target;
    this.#place = place;
  }

  /** Draws until the signal aborts. A proxy that is away for a while is waited for. */
  async run(first: StatusReading): Promise<void> {
    const { signal, out, now } = this.#place;
    let before = { reading: first, at: now() };
    out.write(HIDE_CURSOR);
    try {
      this.#draw(this.#page(first));
      for (;;) {
        await this.#place.wait(BETWEEN_MS);
        if (signal.aborted) return;
        try {
          const reading = await readStatus(this.#target, signal);
          this.#draw(this.#page(reading, before));
          before = { reading, at: now() };
        } catch (error) {
          if (signal.aborted) return;
          if (!(error instanceof CommandFault)) throw error;
          this.#draw([[{ text: error.message, style: 'red' }]]);
        }
      }
    } finally {
      out.write(SHOW_CURSOR);
    }
  }

  #page(reading: StatusReading, before?: { readonly reading: StatusReading; readonly at: number }): readonly Line[] {
    const now = this.#place.now();
    const rate = before && rateOf(before.reading, reading, now - before.at);
    return statusPage(reading, { url: this.#target.url, now, rate });
  }

  /** What does not fit is left out: a terminal that scrolls has no place to come back to. */
  #draw(lines: readonly Line[]): void {
    const { out } = this.#place;
    const columns = out.columns || TERMINAL.columns;
    const room = (out.rows || TERMINAL.rows) - 1;
    const rest = lines.length - room;
    const shown = rest > 0 ? [...lines.slice(0, room - 1), [{ text: `… ${rest + 1} more lines` }]] : lines;
    const back = this.#drawn === 0 ? '' : `\u001B[${this.#drawn}A`;
    out.write(`${back}\r${CLEAR_BELOW}${textOf(shown, columns, this.#place)}`);
    this.#drawn = shown.length;
  }
}

function rateOf(before: StatusReading, now: StatusReading, ms: number): number | undefined {
  const requests = ({ stats }: StatusReading): number => numberIn(memberOf(stats, 'requests'), 'requests');
  const more = requests(now) - requests(before);
  // Fewer: another process has taken its place.
  return ms <= 0 || more < 0 ? undefined : (more / ms) * 1_000;
}
