import type { ToolSpec } from '../prompt.ts';
import { conceptOf } from '../question/concepts.ts';
import type { Facts } from '../question/facts.ts';
import { propertyOf } from '../values/property.ts';
import type { Asked } from './asked.ts';
import { readQuestion } from './asked.ts';
import type { ToolProfile } from './profile.ts';
import { profileOf, propertiesOf } from './profile.ts';

/** A tool that a question fits. */
export interface Fit {
  readonly tool: ToolSpec;
  readonly score: number;
  /** Where in the question the words stand that speak for it. */
  readonly anchors: readonly number[];
}

interface Candidate {
  readonly tool: ToolSpec;
  readonly profile: ToolProfile;
}

/** What one concept says for a tool. */
interface Vote {
  readonly weight: number;
  readonly places: readonly number[];
  /** It is in the tool's name. */
  readonly named: boolean;
}

interface Scored extends Fit {
  readonly votes: readonly Vote[];
}

/** One telling word of the name does, or two of the description. */
const ENOUGH = 2;
/** Naming the tool itself is worth more than any words. */
const NAMED_SCORE = 20;
/** A word that means nearly the same says less than the word itself. */
const NEAR_MEANING = 0.7;
const CALLING = ['use', 'use the', 'call', 'call the', 'invoke', 'run'];

const isNumeric = (schema: Readonly<Record<string, unknown>>): boolean =>
  schema['type'] === 'number' || schema['type'] === 'integer';

/** What the question has of numbers, addresses and the like that a tool needs; infinitely little where it cannot do without. */
function needs(tool: ToolSpec, facts: Facts): number {
  const required: unknown = (tool.parameters as { required?: unknown } | undefined)?.required;
  if (!Array.isArray(required)) return 0;
  const properties = propertiesOf(tool.parameters).filter(
    ([name, schema]) => required.includes(name) && schema['default'] === undefined,
  );
  const numeric = properties.filter(([, schema]) => isNumeric(schema)).length;
  const counted = facts.numbers.length + facts.codes.length;
  if (numeric > 0 && numeric === properties.length && counted === 0) return Number.NEGATIVE_INFINITY;
  let sum = numeric > 0 && facts.numbers.length >= numeric ? 1 : 0;
  for (const [name, schema] of properties) {
    const { kind } = propertyOf(name, schema);
    if (kind === 'email') sum += facts.emails.length > 0 ? 1 : 0;
    if (kind === 'url') sum += facts.urls.length > 0 ? 1 : 0;
    if (kind === 'identifier') sum += counted + facts.quoted.length + facts.names.length > 0 ? 0 : -0.9;
  }
  return sum;
}

function mentions(lower: string, name: string): number {
  const small = name.toLowerCase();
  if (name.length > 3 && /[_A-Z-]/.test(name)) return lower.indexOf(small);
  return CALLING.map((verb) => lower.indexOf(`${verb} ${small}`)).find((at) => at !== -1) ?? -1;
}

/** In how many of the tools each concept stands: what all have says for none of them. */
function spread(candidates: readonly Candidate[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { profile } of candidates) {
    for (const [concept, weight] of profile.weights) {
      if (weight >= 1) counts.set(concept, (counts.get(concept) ?? 0) + 1);
    }
  }
  return counts;
}

function hosted(tool: ToolSpec, { lower, facts }: Asked): Scored {
  const words = tool.hosted?.keywords ?? [];
  const anchors = words.map((word) => lower.search(new RegExp(`\\b${word}`))).filter((at) => at !== -1);
  const fits = anchors.length > 0 || tool.hosted?.fits?.(facts.text) === true;
  const votes = fits ? [{ weight: ENOUGH, places: anchors.length > 0 ? anchors : [-1], named: true }] : [];
  return { tool, score: fits ? ENOUGH : 0, anchors, votes };
}

function scored(candidate: Candidate, asked: Asked, counts: ReadonlyMap<string, number>): Scored {
  const { tool, profile } = candidate;
  if (tool.kind === 'hosted') return hosted(tool, asked);
  const votes: Vote[] = [];
  for (const [concept, { places, words }] of asked.concepts) {
    const weight = profile.weights.get(concept);
    if (weight === undefined) continue;
    const exact = [...words].some((word) => profile.stems.has(word)) ? 1 : NEAR_MEANING;
    votes.push({
      weight: (weight * exact) / Math.sqrt(counts.get(concept) ?? 1),
      places,
      named: profile.named.has(concept),
    });
  }
  const mentioned = mentions(asked.lower, tool.name);
  if (mentioned !== -1) votes.push({ weight: NAMED_SCORE, places: [mentioned], named: true });
  const words = votes.reduce((sum, { weight }) => sum + weight, 0);
  const score = words === 0 || mentioned !== -1 ? words : words + needs(tool, asked.facts);
  return { tool, score, anchors: votes.flatMap(({ places }) => places), votes };
}

/** The best one, and then each that words of the question speak for which spoke for none of the better ones. */
function covering(ranked: readonly Scored[]): readonly Fit[] {
  const spoken = new Set<number>();
  return ranked.filter(({ votes }) => {
    const own = votes.filter(({ places }) => places.some((at) => !spoken.has(at)));
    const left = own.reduce((sum, { weight }) => sum + weight, 0);
    if (spoken.size > 0 && (left < ENOUGH || !own.some(({ named }) => named))) return false;
    for (const { places } of votes) for (const at of places) spoken.add(at);
    return true;
  });
}

/** The tools that a question asks for, best first. */
export function fittingTools(text: string, tools: readonly ToolSpec[], enough = ENOUGH): readonly Fit[] {
  const candidates = tools.map((tool) => ({ tool, profile: profileOf(tool) }));
  const calculator = conceptOf('calculate');
  const asked = readQuestion(
    text,
    candidates.some(({ profile }) => profile.weights.has(calculator)),
  );
  const counts = spread(candidates);
  const ranked = candidates
    .map((candidate) => scored(candidate, asked, counts))
    .filter(({ score }) => score >= enough)
    .toSorted((a, b) => b.score - a.score);
  return covering(ranked);
}
