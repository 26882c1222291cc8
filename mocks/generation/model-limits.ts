/** What an image costs: a base and a number of tokens a tile, or a factor on its patches and a rest. */
export type VisionCost =
  | { readonly base: number; readonly tile: number }
  | { readonly factor: number; readonly rest: number };

/** The first pattern that fits counts. */
const WINDOWS: readonly (readonly [RegExp, number])[] = [
  [/^gpt-5\.[4-9](?!-(?:mini|nano|chat))/, 1_050_000],
  [/^gpt-5.*-chat/, 128_000],
  [/^gpt-5/, 400_000],
  [/^gpt-4\.1/, 1_047_576],
  [/^(?:gpt-4o|chatgpt-4o|gpt-4-turbo|gpt-4\.5|gpt-4-1106|gpt-4-0125)/, 128_000],
  [/^gpt-4-32k/, 32_768],
  [/^gpt-4(?:-0613|-0314)?$/, 8192],
  [/^gpt-3\.5-turbo-instruct/, 4096],
  [/^gpt-3\.5/, 16_385],
  [/^gpt-oss/, 131_072],
  [/^o1-(?:mini|preview)/, 128_000],
  [/^o\d/, 200_000],
  [/^computer-use-preview/, 8192],
];

const VISION: readonly (readonly [RegExp, VisionCost])[] = [
  [/^gpt-4\.1-nano/, { factor: 2.46, rest: 1 }],
  [/^gpt-5(?:\.\d+)?-nano/, { factor: 1.5, rest: 0 }],
  [/^gpt-4\.1-mini|^gpt-5(?:\.\d+)?-mini/, { factor: 1.62, rest: 0 }],
  [/^gpt-5\.[6-9]/, { factor: 1.2, rest: 6 }],
  [/^gpt-5\.[45]/, { factor: 1.2, rest: 1 }],
  [/^o4-mini/, { factor: 1.72, rest: 0 }],
  [/^gpt-4o-mini/, { base: 2833, tile: 5667 }],
  [/^gpt-5/, { base: 70, tile: 140 }],
  [/^o\d/, { base: 75, tile: 150 }],
  [/^computer-use/, { base: 65, tile: 129 }],
];

const USUAL_VISION: VisionCost = { base: 85, tile: 170 };

function firstFor<T>(name: string, table: readonly (readonly [RegExp, T])[]): T | undefined {
  return table.find(([pattern]) => pattern.test(name))?.[1];
}

/** Tokens that fit into the model, by its name; undefined for unknown models. */
export function contextWindow(name: string): number | undefined {
  return firstFor(name, WINDOWS);
}

export function visionCost(name: string): VisionCost {
  return firstFor(name, VISION) ?? USUAL_VISION;
}
