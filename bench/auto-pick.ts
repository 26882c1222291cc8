import type { Candidate } from '../proxy/auto/candidate.ts';
import { classify } from '../proxy/auto/complexity.ts';
import { rank } from '../proxy/auto/ranking.ts';
import { readFacts, requirementsOf } from '../proxy/auto/request-facts.ts';
import { effectiveTier } from '../proxy/auto/tier.ts';
import type { JsonObject } from '../proxy/core/json.ts';
import { compilePrice } from '../proxy/usage/price.ts';

/** What one pick of the model `auto` costs, without the rest of its request. */
export interface PickCost {
  readonly what: string;
  /** Without what else the machine did. */
  readonly leastUs: number;
  readonly medianUs: number;
}

const WORDS = ['the quick zebra', 'writes a note', 'about', 'seas and rivers', 'architecture', 'of bridges'];
const WARM_UP = 2_000;
const SIZES = [
  { what: '1 KiB prompt', bytes: 1_024, picks: 20_000 },
  { what: '256 KiB prompt', bytes: 256 * 1_024, picks: 2_000 },
] as const;

/** Reads, classifies and ranks a chat of each size, with seven models to choose from. */
export function autoPick(): readonly PickCost[] {
  const candidates = Array.from({ length: 7 }, (_none, at) => candidateOf(at));
  return SIZES.map(({ what, bytes, picks }) => {
    const body = chatOf(bytes);
    for (let at = 0; at < Math.min(WARM_UP, picks); at += 1) pickOnce(body, candidates);
    const times = Array.from({ length: picks }, () => {
      const start = process.hrtime.bigint();
      pickOnce(body, candidates);
      return Number(process.hrtime.bigint() - start) / 1_000;
    }).toSorted((a, b) => a - b);
    return { what, leastUs: times[0] ?? 0, medianUs: times[picks >> 1] ?? 0 };
  });
}

function pickOnce(body: JsonObject, candidates: readonly Candidate[]): string | undefined {
  const facts = readFacts('chat', body);
  const { complexity, tier } = classify(facts.text, undefined, facts.textPoints);
  const { models } = rank({
    candidates,
    complexity,
    tier: effectiveTier({ classified: tier }),
    requirements: requirementsOf(facts),
    outputTokens: 500,
  });
  return models[0]?.candidate.model;
}

function candidateOf(at: number): Candidate {
  const entry = { input: 0.1 * (at + 1), output: 0.4 * (at + 1) };
  const price = compilePrice(entry);
  return {
    model: `model-${at}`,
    provider: ['openai', 'gemini', 'deepseek'][at % 3] ?? 'openai',
    traits: {
      quality: 80 + at * 3,
      contextWindow: 1_000_000,
      maxOutput: undefined,
      tools: true,
      structured: true,
      vision: true,
    },
    price: price && { entry, price },
    credential: 'system',
    admitting: true,
  };
}

function chatOf(bytes: number): JsonObject {
  let text = '';
  for (let at = 0; text.length < bytes; at += 1) text += `${WORDS[at % WORDS.length]} `;
  return { model: 'auto', messages: [{ role: 'user', content: text.slice(0, bytes) }] };
}

export function renderPicks(costs: readonly PickCost[]): string {
  const rows = costs.map(
    ({ what, leastUs, medianUs }) => `| ${what} | ${leastUs.toFixed(1)} | ${medianUs.toFixed(1)} |`,
  );
  return ['| a pick of `auto` | least µs | median µs |', '|---|---|---|', ...rows].join('\n');
}
