import { conceptOf } from '../question/concepts.ts';
import type { Facts } from '../question/facts.ts';
import { identifierWords, isStopWord } from '../question/words.ts';
import { MEMBER_WORDS, NEGATIVE, POSITIVE } from './lexicon.ts';
import type { Property } from './property.ts';
import type { Source } from './source.ts';

const MEMBERS_MOST = 300;
const NEGATION =
  /(?:\b(?:not|no|never|without|non|except|exclude|excluding|disable|disabled|off|skip|avoid|don['’]t|doesn['’]t|isn['’]t|aren['’]t|hasn['’]t|won['’]t|can['’]t|cannot|anything but|rather than|instead of)[\s-](?:\w{1,12}\s){0,3})$/i;
const NEGATED_AFTER =
  /^\s{0,3}(?:is |are |should be |=|:)?\s{0,3}(?:off|false|no|disabled|not (?:needed|required|wanted|necessary|included))\b/i;

interface Mention {
  readonly at: number;
  readonly end: number;
}

function negated(text: string, { at, end }: Mention): boolean {
  return NEGATION.test(text.slice(Math.max(0, at - 50), at)) || NEGATED_AFTER.test(text.slice(end, end + 40));
}

/** Where a phrase stands as whole words; case is ignored. */
function mention(lower: string, phrase: string): Mention | undefined {
  for (let at = lower.indexOf(phrase); at !== -1; at = lower.indexOf(phrase, at + phrase.length)) {
    const end = at + phrase.length;
    const begins = !/[\p{L}\p{N}]/u.test(phrase.charAt(0)) || !/[\p{L}\p{N}]/u.test(lower.charAt(at - 1));
    const ends = !/[\p{L}\p{N}]/u.test(phrase.at(-1) ?? '') || !/[\p{L}\p{N}]/u.test(lower.charAt(end));
    if (begins && ends) return { at, end };
  }
  return undefined;
}

function phrasesOf(member: string): readonly string[] {
  const lower = member.toLowerCase();
  // One letter stands in many texts without being meant.
  const plain = lower.length === 1 && /\p{L}/u.test(lower) ? [] : [lower, identifierWords(member).join(' ')];
  return [...plain, ...(MEMBER_WORDS[lower] ?? [])].filter((phrase) => phrase !== '');
}

/** Whether a text sounds glad (1), cross (-1) or neither. */
export function sentiment(facts: Facts): number {
  const count = (words: ReadonlySet<string>): number => facts.words.filter(({ lower }) => words.has(lower)).length;
  return Math.sign(count(POSITIVE) - count(NEGATIVE));
}

function byMood(members: readonly unknown[], source: Source): unknown {
  const named = (word: string): unknown =>
    members.find((member) => typeof member === 'string' && member.toLowerCase() === word);
  if (named('positive') === undefined || named('negative') === undefined) return undefined;
  const felt = sentiment(source.facts);
  return felt === 0 ? named('neutral') : named(felt > 0 ? 'positive' : 'negative');
}

interface Mentioned {
  readonly member: unknown;
  readonly score: number;
  readonly at: number;
}

function mentionsOf(members: readonly unknown[], property: Property, source: Source): readonly Mentioned[] {
  const { text } = source.facts;
  const lower = text.toLowerCase();
  return members.slice(0, MEMBERS_MOST).flatMap((member): readonly Mentioned[] => {
    if (typeof member !== 'string' && typeof member !== 'number') return [];
    for (const phrase of phrasesOf(String(member))) {
      const place = mention(lower, phrase);
      if (place === undefined || negated(text, place)) continue;
      const near = source.nearness(property, { text: phrase, ...place });
      return [{ member, score: phrase.length / 100 + near, at: place.at }];
    }
    return [];
  });
}

/** Members of an enumeration that the text mentions, in its order. */
export function mentionedMembers(members: readonly unknown[], property: Property, source: Source): readonly unknown[] {
  return mentionsOf(members, property, source)
    .toSorted((a, b) => a.at - b.at)
    .map(({ member }) => member);
}

function byWords(members: readonly unknown[], source: Source): unknown {
  const said = (word: string): boolean =>
    word.length > 3 && !isStopWord(word) && source.facts.placesOf(conceptOf(word)).length > 0;
  return members
    .slice(0, MEMBERS_MOST)
    .find((member) => typeof member === 'string' && identifierWords(member).some(said));
}

/** The member that the text means; undefined when it means none. */
export function chosenMember(members: readonly unknown[], property: Property, source: Source): unknown {
  const returned = source.returned.get(property.name);
  if (returned !== undefined && members.includes(returned)) return returned;
  const [first] = mentionsOf(members, property, source).toSorted((a, b) => b.score - a.score || a.at - b.at);
  return first?.member ?? byMood(members, source) ?? byWords(members, source);
}

const SAYS_NOTHING = new Set([
  'is',
  'has',
  'include',
  'includes',
  'use',
  'with',
  'enable',
  'enabled',
  'should',
  'can',
  'want',
  'wants',
  'flag',
  'needs',
  'allow',
  'show',
]);

/** Whether the text wants it, does not want it, or says nothing of it. */
export function wantedFlag(property: Property, source: Source): boolean | undefined {
  const returned = source.returned.get(property.name);
  if (typeof returned === 'boolean') return returned;
  const { facts } = source;
  const { text, words } = facts;
  const telling = property.words.filter((word) => !SAYS_NOTHING.has(word)).map(conceptOf);
  const spoken = telling.filter((concept) => facts.placesOf(concept).length > 0);
  if (spoken.length === 0 || spoken.length < Math.ceil(telling.length / 2)) return undefined;
  return !spoken.some((concept) => {
    const word = words[facts.placesOf(concept)[0] ?? 0];
    return word !== undefined && negated(text, word);
  });
}
