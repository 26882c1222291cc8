import { isStopWord, wordsIn } from '../question/words.ts';
import { sentencesOf, summaryOf } from './summary.ts';

const NUMBERS = [
  'zero',
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
  'ten',
  'eleven',
  'twelve',
  'fifteen',
  'twenty',
  'fifty',
  'hundred',
];
const VALUES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 15, 20, 50, 100];
const COUNTED = new RegExp(
  String.raw`\b(in|as|using|with|into|to|of|write|give me|give|list|provide|name|share|suggest|exactly|at most|no more than|fewer than|less than|under|up to|maximum|use|a|make)\s((?:exactly|only|just|about|around|at most|no more than|fewer than|less than|under|up to|a|me|maximum|max)\s){0,2}(\d{1,3}|${NUMBERS.slice(1).join('|')})[ -](?:(?:short|brief|simple|concise|single|numbered)\s)?(word|sentence|bullet|line|paragraph|item|point|tip|idea|reason|step|fact|way|example)s?\b`,
  'i',
);
const MOST = 200;

const FILLERS =
  'is the subject of this short answer which was made of the request alone so that equal requests are answered alike and nothing was looked up'.split(
    ' ',
  );
const SENTENCES = [
  'It keeps to what was asked.',
  'It was made of the request alone.',
  'Equal requests are answered alike.',
  'Nothing was looked up for it.',
  'The mock wrote it.',
];
const INSTRUCTION_WORDS = new Set(
  'describe explain summarize summarise summary write list name provide share suggest word words sentence sentences bullet bullets point points line lines paragraph paragraphs item items exactly short brief answer reply respond tip tips idea ideas reason reasons step steps fact facts way ways example examples'.split(
    ' ',
  ),
);

function topicOf(text: string): string {
  const words = wordsIn(text.slice(0, 2000)).filter(
    ({ lower }) =>
      !isStopWord(lower) && !INSTRUCTION_WORDS.has(lower) && !NUMBERS.includes(lower) && !/^\d+$/.test(lower),
  );
  return words
    .slice(0, 4)
    .map(({ text: word }) => word)
    .join(' ');
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function words(count: number, source: readonly string[]): string {
  const all = source.length === 0 ? ['this'] : [...source];
  for (let at = 0; all.length < count; at += 1) all.push(FILLERS[at % FILLERS.length] ?? '');
  const text = all
    .slice(0, count)
    .join(' ')
    .replace(/[.,;:]+$/, '');
  return count === 1 ? capital(text) : `${capital(text)}.`;
}

function listed(unit: string, count: number, topic: string, sentences: readonly string[]): string {
  const about = topic === '' ? 'the request' : topic;
  const line = (at: number): string =>
    sentences[at] ??
    (at === 0 ? `${capital(about)} is what this is about.` : (SENTENCES[(at - 1) % SENTENCES.length] ?? ''));
  const lines = Array.from({ length: count }, (_, at) => line(at));
  if (unit === 'sentence') return lines.join(' ');
  if (unit === 'paragraph') return lines.join('\n\n');
  if (unit === 'line') return lines.join('\n');
  const mark = (at: number): string => (unit === 'bullet' || unit === 'point' ? '-' : `${at + 1}.`);
  return lines.map((text, at) => `${mark(at)} ${text}`).join('\n');
}

interface Length {
  readonly unit: string;
  readonly count: number;
}

function lengthIn(text: string): Length | undefined {
  const found = COUNTED.exec(text);
  if (found === null) return undefined;
  const [whole, lead = '', bound = '', number = '', unit = ''] = found;
  const written = Number(number);
  const given = Number.isNaN(written) ? (VALUES[NUMBERS.indexOf(number.toLowerCase())] ?? 1) : written;
  // `a three-word answer` counts, `a one word` somewhere in a text does not.
  if (given < 1 || (/^(?:a|of|to)$/i.test(lead) && bound === '' && !whole.includes('-'))) return undefined;
  const fewer = /under|less|fewer/i.test(whole);
  return { unit: unit.toLowerCase(), count: Math.min(MOST, fewer ? Math.max(1, given - 1) : given) };
}

/** An answer as long as was asked: `in five words`, `in 2 sentences`, `as three bullets`. */
export function countedReply(text: string): string | undefined {
  const length = lengthIn(text);
  if (length === undefined) return undefined;
  const summary = summaryOf(text);
  const { unit, count } = length;
  if (unit !== 'word') return listed(unit, count, topicOf(text), summary === undefined ? [] : sentencesOf(summary));
  return words(
    count,
    (summary ?? topicOf(text)).split(/\s+/).filter((word) => word !== ''),
  );
}
