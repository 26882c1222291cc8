/** `$${…}` stands for the characters `${…}`; a name is one of the shell's. */
const REFERENCE = /\$(\$\{[^}]*\})|\$\{([A-Za-z_]\w*)(?::-([^}]*))?\}/g;

/** Environment as `process.env` has it. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface Expansion {
  readonly text: string;
  /** Variables that the text names. */
  readonly names: readonly string[];
  /** Those of them whose default stands in their place. */
  readonly defaulted: readonly string[];
  /** Variables that are not set and have no default. */
  readonly missing: readonly string[];
}

/**
 * Puts the environment's values into `${NAME}` and `${NAME:-default}`. As in a shell, the default also stands in for
 * an empty value; what comes out is never expanded again.
 */
export function expandVariables(text: string, environment: Environment): Expansion {
  const names: string[] = [];
  const defaulted: string[] = [];
  const missing: string[] = [];
  const expanded = text.replace(REFERENCE, (_match, literal?: string, name?: string, fallback?: string) => {
    if (literal !== undefined || name === undefined) return literal ?? '';
    names.push(name);
    const value = environment[name];
    if (fallback !== undefined && (value === undefined || value === '')) {
      defaulted.push(name);
      return fallback;
    }
    if (value === undefined) missing.push(name);
    return value ?? '';
  });
  return { text: expanded, names, defaulted, missing };
}
