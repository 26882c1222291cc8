import { InvalidInput, UnknownField } from '../check.ts';

/** What is wrong, or looks wrong, with a script. */
export interface Finding {
  readonly severity: 'error' | 'warning';
  /** Path of the value, such as `rules[2].match.text`. */
  readonly field: string;
  /** The fault lies in the name of the field, not in its value. */
  readonly inName: boolean;
  /** A sentence that begins with the field. */
  readonly message: string;
}

/** Gathers what is wrong instead of stopping at the first. */
export class Findings {
  readonly all: Finding[] = [];

  get faulty(): boolean {
    return this.all.some(({ severity }) => severity === 'error');
  }

  /** What `read` returns, or `undefined` when it refuses its input. */
  attempt<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      const inName = error instanceof UnknownField;
      this.all.push({ severity: 'error', field: error.field, inName, message: error.message });
      return undefined;
    }
  }

  warn(field: string, sentence: string): void {
    this.all.push({ severity: 'warning', field, inName: false, message: `${field}: ${sentence}` });
  }
}
