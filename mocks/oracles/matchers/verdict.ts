import type { JournalEntry } from '../../journal/entry.ts';

/** What vitest and jest take from a matcher. */
export interface MatcherVerdict {
  readonly pass: boolean;
  /** For the failure: of the matcher when `pass` is false, of its negation when it is true. */
  readonly message: () => string;
}

/** A mock, or a fleet of them. */
export interface Journaled {
  requests(): Promise<JournalEntry[]>;
}

export function journaledAt(received: unknown, matcher: string): Journaled {
  if (typeof received === 'object' && received !== null && 'requests' in received) {
    if (typeof received.requests === 'function') return received as Journaled;
  }
  throw new TypeError(`${matcher}: expected a mock or a fleet of mocks, found ${String(received)}`);
}

export function verdict(pass: boolean, otherwise: string, negated: string): MatcherVerdict {
  return { pass, message: () => (pass ? negated : otherwise) };
}

const SHOWN_REQUESTS = 8;

function line({ method, path, model, status, aborted }: JournalEntry): string {
  return `  ${method} ${path}${model === undefined ? '' : ` ${model}`} → ${status ?? 'no head'}${aborted ? ', aborted' : ''}`;
}

export function listed(entries: readonly JournalEntry[]): string {
  if (entries.length === 0) return 'It received nothing.';
  const shown = entries.slice(-SHOWN_REQUESTS).map(line);
  const left = entries.length - shown.length;
  return `It received:\n${left > 0 ? `  … ${left} earlier\n` : ''}${shown.join('\n')}`;
}
