import type { Turn } from '../prompt.ts';
import type { Conversation } from '../question/conversation.ts';
import { conceptOf } from '../question/concepts.ts';
import { searched } from '../question/searched.ts';
import { isStopWord, wordsIn } from '../question/words.ts';

const QUESTION = /\?\s*$|^\s*(?:what|who|where|which|when|how|do you|can you|tell me|remind me)\b/i;
/** Words of a question that ask to remember and say nothing of what. */
const REMEMBERING = new Set(
  [
    'remember',
    'told',
    'said',
    'mention',
    'mentioned',
    'earlier',
    'again',
    'recall',
    'question',
    'answer',
    'exactly',
    'called',
  ].map(conceptOf),
);
const STATES =
  /\b(?:is|are|was|were|am|live|lives|work|works|like|likes|love|loves|have|has|prefer|prefers|equals|own|owns|born|called|means|costs|opens|closes|takes|contains|includes|can|will|must|named)\b|['’](?:m|s|re)\b|=|:/i;
const SOURCES =
  /\b(?:context|documents?|passages?|articles?|excerpts?|according to|based on|information|sources?|knowledge|retrieved|following)\b/i;
const SENTENCES_MOST = 400;
const SENTENCE_CHARACTERS = 500;

function sentencesIn(text: string): readonly string[] {
  return searched(text)
    .split(/(?<=[.!?])\s+|\n+/)
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== '' && sentence.length <= SENTENCE_CHARACTERS)
    .slice(0, SENTENCES_MOST);
}

function conceptsOf(text: string): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { lower } of wordsIn(text)) if (!isStopWord(lower)) found.add(conceptOf(lower));
  return found;
}

function soughtIn(question: string): ReadonlySet<string> {
  const sought = new Set([...conceptsOf(question)].filter((concept) => !REMEMBERING.has(concept)));
  if (sought.size === 0 && /\bwho am i\b/i.test(question)) sought.add(conceptOf('name'));
  return sought;
}

/** What a sentence speaks of; who says `I am Ada` speaks of a name. */
function spokenIn(sentence: string): ReadonlySet<string> {
  const found = conceptsOf(sentence);
  if (!/\b(?:i am|i['’]m|call me|this is)\s\p{Lu}/iu.test(sentence)) return found;
  return new Set([...found, conceptOf('name')]);
}

interface Best {
  readonly sentence: string;
  readonly share: number;
  readonly shared: number;
}

function bestOf(sentences: readonly string[], sought: ReadonlySet<string>): Best | undefined {
  let best: Best | undefined;
  for (const sentence of sentences) {
    if (sentence.endsWith('?') || !STATES.test(sentence)) continue;
    const spoken = spokenIn(sentence);
    const shared = [...sought].filter((concept) => spoken.has(concept)).length;
    const share = shared / sought.size;
    if (best === undefined || share > best.share) best = { sentence, share, shared };
  }
  return best;
}

const TO_YOU: readonly (readonly [RegExp, string])[] = [
  [/\bI['’]m\b/g, 'you are'],
  [/\bI am\b/g, 'you are'],
  [/\bI was\b/g, 'you were'],
  [/\bI['’]ve\b/g, 'you have'],
  [/\bI\b/g, 'you'],
  [/\b[Mm]y\b/g, 'your'],
  [/\b[Mm]ine\b/g, 'yours'],
  [/\bme\b/g, 'you'],
  [/\b[Oo]ur\b/g, 'your'],
];
const TO_ME: readonly (readonly [RegExp, string])[] = [
  [/\b[Yy]ou are\b/g, 'I am'],
  [/\b[Yy]our\b/g, 'my'],
  [/\b[Yy]ou\b/g, 'I'],
];

function turned(sentence: string, changes: readonly (readonly [RegExp, string])[]): string {
  const bare = sentence.replace(
    /^(?:(?:hi|hello|hey|ok|okay|well|please|so)[,!]?\s+|(?:please )?remember(?: that)?:?\s+|(?:note|fyi)[,:]?\s+(?:that\s+)?)+/i,
    '',
  );
  const said = changes.reduce((text, [from, to]) => text.replace(from, to), bare);
  const whole = said.charAt(0).toUpperCase() + said.slice(1);
  return /[.!]$/.test(whole) ? whole : `${whole}.`;
}

function fromSources(text: string, sought: ReadonlySet<string>, question: string): string | undefined {
  if (!SOURCES.test(text.slice(0, 4000))) return undefined;
  const sentences = sentencesIn(text).filter((sentence) => sentence !== question && !question.includes(sentence));
  const best = bestOf(sentences, sought);
  if (best === undefined || (best.share < 1 && (best.shared < 2 || best.share < 0.4))) return undefined;
  return best.sentence.replace(
    /^(?:[-*•]|\[?\d{1,3}[\].)]|(?:context|document|passage|source|text)\s?\d{0,3}:)\s*/i,
    '',
  );
}

/** The question itself of a text that also has the material to answer it from. */
function questionIn(text: string): string {
  const questions = sentencesIn(text).filter((sentence) => QUESTION.test(sentence));
  return (questions.at(-1) ?? text.slice(-SENTENCE_CHARACTERS)).replace(/^(?:question|query|user|q)\s?:\s*/i, '');
}

interface Given {
  readonly talk: Conversation;
  /** Instructions and system messages. */
  readonly standing: readonly string[];
}

function answerTo(question: string, { talk, standing }: Given): string | undefined {
  const sought = soughtIn(question);
  if (sought.size === 0) return undefined;
  for (const earlier of talk.earlier) {
    const best = bestOf(sentencesIn(earlier), sought);
    if (best !== undefined && best.share >= (best.shared > 1 ? 0.6 : 1)) return turned(best.sentence, TO_YOU);
  }
  for (const text of [talk.asked, ...standing]) {
    const found = fromSources(text, sought, question);
    if (found !== undefined) return found;
  }
  for (const text of standing) {
    const best = bestOf(sentencesIn(text.slice(0, 4000)), sought);
    if (best !== undefined && best.share === 1 && best.sentence.length < 200) return turned(best.sentence, TO_ME);
  }
  return undefined;
}

/** An answer out of what was said before, out of instructions, or out of the material that came with the question. */
export function recalled(talk: Conversation, turns: readonly Turn[], instructions: string): string | undefined {
  const question = questionIn(talk.asked);
  if (!QUESTION.test(question)) return undefined;
  const system = turns.filter(({ role }) => role === 'system' || role === 'developer').map(({ text }) => text);
  const given = { talk, standing: [instructions, ...system] };
  const whole = answerTo(question, given);
  if (whole !== undefined) return whole;
  // Two questions in one are answered one after the other, when both can be.
  const parts = question.split(/,?\sand\s/, 3);
  const answers = parts.length === 2 ? parts.map((part) => answerTo(part, given)) : [];
  const known = answers.filter((answer) => answer !== undefined);
  return known.length === 2 ? [...new Set(known)].join(' ') : undefined;
}
