import type { ToolSpec } from '../prompt.ts';
import { conceptOf } from '../question/concepts.ts';
import { Facts } from '../question/facts.ts';
import { isStopWord } from '../question/words.ts';
import type { ToolProfile } from './profile.ts';
import { profileOf, propertiesOf } from './profile.ts';
import { forbidsTools, isRemark, withoutSmallTalk } from './small-talk.ts';

/** A tool that a question fits. */
export interface Fit {
  readonly tool: ToolSpec;
  readonly score: number;
  /** Where in the question the words stand that speak for it. */
  readonly anchors: readonly number[];
}

/** A question as tools are compared with it. */
interface Asked {
  readonly lower: string;
  readonly facts: Facts;
  /** Places of each concept that is asked for. */
  readonly concepts: ReadonlyMap<string, readonly number[]>;
}

interface Candidate {
  readonly tool: ToolSpec;
  readonly profile: ToolProfile;
}

/** One telling word of the name does, or two of the description. */
const ENOUGH = 2;
/** Naming the tool itself is worth more than any words. */
const NAMED_SCORE = 20;
const NEGATED = /(?:\b(?:not|never|without|no|don['’]t|doesn['’]t|needn['’]t|won['’]t)\s(?:\w{1,12}\s){0,3})$/i;

function conceptsIn(text: string, facts: Facts): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, number[]>();
  for (const { lower, at } of facts.words) {
    if (isStopWord(lower) || NEGATED.test(text.slice(Math.max(0, at - 40), at))) continue;
    const concept = conceptOf(lower);
    const places = found.get(concept);
    if (places) places.push(at);
    else found.set(concept, [at]);
  }
  return arithmetic(text, found);
}

const OPERATORS: readonly (readonly [pattern: RegExp, word: string])[] = [
  [/\d\s?(?:\*|×|x|times)\s?\d/, 'multiply'],
  [/\d\s?\+\s?\d/, 'add'],
  [/\d\s?(?:\/|÷)\s?\d/, 'divide'],
  [/\d\s?[-−]\s?\d/, 'subtract'],
];

/** Signs between numbers ask for the operation that they stand for. */
function arithmetic(text: string, found: Map<string, number[]>): ReadonlyMap<string, readonly number[]> {
  for (const [pattern, word] of OPERATORS) {
    const at = pattern.exec(text)?.index;
    if (at === undefined) continue;
    for (const concept of [word, 'calculate'].map(conceptOf)) if (!found.has(concept)) found.set(concept, [at]);
  }
  return found;
}

function readQuestion(text: string): Asked {
  const cleaned = withoutSmallTalk(text);
  const facts = new Facts(cleaned);
  return { lower: facts.text.toLowerCase(), facts, concepts: conceptsIn(facts.text, facts) };
}

const isNumeric = (schema: Readonly<Record<string, unknown>>): boolean =>
  schema['type'] === 'number' || schema['type'] === 'integer';

/** Numbers, addresses and the like that a tool cannot do without: how much the question has of them. Infinitely little when it has none. */
function needs(tool: ToolSpec, facts: Facts): number {
  const required: unknown = (tool.parameters as { required?: unknown } | undefined)?.required;
  if (!Array.isArray(required)) return 0;
  const properties = propertiesOf(tool.parameters).filter(
    ([name, schema]) => required.includes(name) && schema['default'] === undefined,
  );
  const numeric = properties.filter(([, schema]) => isNumeric(schema)).length;
  if (numeric > 0 && numeric === properties.length && facts.numbers.length === 0 && facts.codes.length === 0)
    return Number.NEGATIVE_INFINITY;
  const mail = properties.some(([, schema]) => schema['format'] === 'email') && facts.emails.length > 0;
  const page =
    properties.some(([name, schema]) => schema['format'] === 'uri' || /url|uri|link/i.test(name)) &&
    facts.urls.length > 0;
  return (numeric > 0 && facts.numbers.length >= numeric ? 1 : 0) + Number(mail) + Number(page);
}

const CALLING = ['use', 'use the', 'call', 'call the', 'invoke', 'run'];

function mentions(lower: string, name: string): number {
  const small = name.toLowerCase();
  if (name.length > 3 && /[_A-Z-]/.test(name)) return lower.indexOf(small);
  return CALLING.map((verb) => lower.indexOf(`${verb} ${small}`)).find((at) => at !== -1) ?? -1;
}

/** In how many of the tools each concept stands: what all have says for none of them. */
function spread(candidates: readonly Candidate[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { profile } of candidates)
    for (const [concept, weight] of profile.weights)
      if (weight >= 1) counts.set(concept, (counts.get(concept) ?? 0) + 1);
  return counts;
}

interface Scored extends Fit {
  readonly concepts: ReadonlyMap<string, number>;
  readonly named: ReadonlySet<string>;
}

function hostedScore(tool: ToolSpec, asked: Asked): readonly number[] {
  return (tool.hosted?.keywords ?? [])
    .map((word) => asked.lower.search(new RegExp(`\\b${word}`)))
    .filter((at) => at !== -1);
}

function scored({ tool, profile }: Candidate, asked: Asked, counts: ReadonlyMap<string, number>): Scored {
  if (tool.kind === 'hosted') {
    const anchors = hostedScore(tool, asked);
    const fits = anchors.length > 0 || tool.hosted?.fits?.(asked.facts.text) === true;
    return {
      tool,
      score: fits ? ENOUGH : 0,
      anchors,
      concepts: new Map(fits ? [[tool.name, ENOUGH]] : []),
      named: new Set([tool.name]),
    };
  }
  const concepts = new Map<string, number>();
  const anchors: number[] = [];
  for (const [concept, places] of asked.concepts) {
    const weight = profile.weights.get(concept);
    if (weight === undefined) continue;
    concepts.set(concept, weight / Math.sqrt(counts.get(concept) ?? 1));
    anchors.push(...places);
  }
  const mentioned = mentions(asked.lower, tool.name);
  if (mentioned !== -1) {
    concepts.set(`tool ${tool.name}`, NAMED_SCORE);
    anchors.push(mentioned);
  }
  const words = [...concepts.values()].reduce((sum, weight) => sum + weight, 0);
  const score = words === 0 || mentioned !== -1 ? words : words + needs(tool, asked.facts);
  return { tool, score, anchors, concepts, named: new Set([...profile.named, `tool ${tool.name}`]) };
}

/** The best one, and then each that words of the question speak for which spoke for none of the better ones. */
function covering(ranked: readonly Scored[]): readonly Fit[] {
  const spoken = new Set<string>();
  return ranked.filter((one) => {
    const own = [...one.concepts].filter(([concept]) => !spoken.has(concept));
    const left = own.reduce((sum, [, weight]) => sum + weight, 0);
    const telling = spoken.size === 0 || own.some(([concept]) => one.named.has(concept));
    if (!telling || (spoken.size > 0 && left < ENOUGH)) return false;
    for (const concept of one.concepts.keys()) spoken.add(concept);
    return true;
  });
}

/** The tools that a question asks for, best first; none at small talk. */
export function fittingTools(text: string, tools: readonly ToolSpec[]): readonly Fit[] {
  const asked = readQuestion(text);
  if (asked.concepts.size === 0 || forbidsTools(asked.facts.text) || isRemark(asked.facts.text)) return [];
  const candidates = tools.map((tool) => ({ tool, profile: profileOf(tool) }));
  const counts = spread(candidates);
  const ranked = candidates
    .map((candidate) => scored(candidate, asked, counts))
    .filter(({ score }) => score >= ENOUGH)
    .toSorted((a, b) => b.score - a.score);
  return covering(ranked);
}
