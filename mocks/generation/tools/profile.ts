import type { ToolSpec } from '../prompt.ts';
import { conceptOf } from '../question/concepts.ts';
import { identifierWords, isStopWord, stemOf, wordsIn } from '../question/words.ts';

type Schema = Readonly<Record<string, unknown>>;

/** What a tool is about: how much each concept says for it. */
export interface ToolProfile {
  readonly weights: ReadonlyMap<string, number>;
  /** Its own words, as against those that mean nearly the same. */
  readonly stems: ReadonlySet<string>;
  /** Concepts of its name; those that only say what is done (get, find, send) weigh less there. */
  readonly named: ReadonlySet<string>;
}

const DESCRIPTION_CHARACTERS = 1500;
const PARAMETERS_MOST = 60;
const WEIGHTS = { name: 3, verb: 1.5, enum: 2, parameter: 1.2, description: 1, agent: 2.9, remark: 0.6 };

/** Words that stand in the description of any tool. */
const EVERYWHERE: ReadonlySet<string> = new Set(
  (
    'get set fetch handoff handle knows specialist expert questions tool tools function call calls return returns returned given provide provides provided information info data ' +
    'current value values input output result results type number string list object id parameter parameters argument ' +
    'arguments user request response name run execute perform handle based specific specified e.g. etc example agent ' +
    'assistant available optional required format question answer text true false default if'
  ).split(' '),
);

const VERBS: ReadonlySet<string> = new Set(
  (
    'send create make add update delete remove find search look lookup list read write open close check compute calculate ' +
    'book schedule transfer handoff delegate ask query start stop load save post submit show view retrieve request'
  ).split(' '),
);

const isObject = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const textOf = (value: unknown): string => (typeof value === 'string' ? value.slice(0, DESCRIPTION_CHARACTERS) : '');

const telling = (word: string): boolean => word.length > 1 && !isStopWord(word) && !EVERYWHERE.has(word);

function spoken(text: string): readonly string[] {
  return wordsIn(text).map(({ lower }) => lower);
}

export function propertiesOf(parameters: unknown): readonly (readonly [name: string, schema: Schema])[] {
  const properties = isObject(parameters) ? parameters['properties'] : undefined;
  if (!isObject(properties)) return [];
  return Object.entries(properties)
    .slice(0, PARAMETERS_MOST)
    .map(([name, schema]) => [name, isObject(schema) ? schema : {}]);
}

export function profileOf(tool: ToolSpec): ToolProfile {
  const weights = new Map<string, number>();
  const stems = new Set<string>();
  const named = new Set<string>();
  const put = (words: readonly string[], weight: number): void => {
    for (const word of words) {
      if (!telling(word)) continue;
      const concept = conceptOf(word);
      stems.add(stemOf(word));
      weights.set(concept, Math.max(weight, weights.get(concept) ?? 0));
    }
  };
  const name = identifierWords(tool.name).filter(telling);
  for (const word of name) {
    const acts = VERBS.has(word) && name.length > 1;
    put([word], acts ? WEIGHTS.verb : WEIGHTS.name);
    if (!acts) named.add(conceptOf(word));
  }
  const handsOver = /^(?:transfer_to|hand_?off|delegate)/i.test(tool.name);
  put(spoken(textOf(tool.description)), handsOver ? WEIGHTS.agent : WEIGHTS.description);
  for (const [parameter, schema] of propertiesOf(tool.parameters)) {
    put(identifierWords(parameter), WEIGHTS.parameter);
    put(spoken(textOf(schema['description'])), WEIGHTS.remark);
    if (Array.isArray(schema['enum']))
      put(
        schema['enum'].slice(0, 50).flatMap((one) => spoken(textOf(one))),
        WEIGHTS.enum,
      );
  }
  return { weights, stems, named };
}
