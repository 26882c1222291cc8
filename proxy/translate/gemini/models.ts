/** What is known of a Gemini model by its name. */
export interface ModelTraits {
  /** How thinking is asked for: by level (3), by budget (2.5), or not at all. */
  readonly thinking: 'level' | 'budget' | 'none';
  /** Fewest and most thinking tokens of models that take a budget, and whether 0 turns thinking off. */
  readonly budget: { readonly least: number; readonly most: number; readonly off: boolean };
  /** Knows `minimal` and `medium` too, not `low` and `high` alone. */
  readonly allLevels: boolean;
  /** Calls carry ids, and a call in the history must carry a signature. */
  readonly signedCalls: boolean;
  /** Takes plain JSON Schema; else only Google's own form of it. */
  readonly jsonSchema: boolean;
}

const FLASH = { least: 0, most: 24_576, off: true };
const LITE = { least: 512, most: 24_576, off: true };
const PRO = { least: 128, most: 32_768, off: false };

/** `gemini-2.5-flash-lite`, `models/gemini-3-pro-preview`, `gemini-flash-latest`. */
const NAME = /gemini-(?:(\d+)(?:[.-](\d)(?!\d))?-?)?/i;

export function modelTraits(model: string): ModelTraits {
  const match = NAME.exec(model);
  // A name without a version (`gemini-flash-latest`) means the newest; other families (gemma) do not think.
  const version = match === null ? 0 : match[1] === undefined ? 300 : Number(match[1]) * 100 + Number(match[2] ?? 0);
  const isPro = /-pro\b/.test(model);
  return {
    thinking: version >= 300 ? 'level' : version >= 205 ? 'budget' : 'none',
    budget: isPro ? PRO : /-lite\b/.test(model) ? LITE : FLASH,
    allLevels: !isPro,
    signedCalls: version >= 300,
    jsonSchema: version >= 205,
  };
}
