import { searched } from '../question/searched.ts';

const ASKED = /\b(?:summari[sz]e|summary|tl;?dr|sum up|condense|shorten)\b/i;
const LEAST_CHARACTERS = 60;
const SENTENCES = 2;
const SUMMARY_CHARACTERS = 400;

export function sentencesOf(text: string): readonly string[] {
  return text
    .split(/(?<=[.!?])\s+|\n+/)
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== '');
}

/** The text that is to be made shorter: what follows the request, or comes before it. */
function materialOf(text: string): string | undefined {
  const found = ASKED.exec(text);
  if (found === null) return undefined;
  const before = text.slice(0, found.index).trim();
  const behind = text.slice(found.index);
  const start = /[:\n]/.exec(behind)?.index;
  const after = start === undefined ? '' : behind.slice(start + 1).trim();
  const material = after.length >= LEAST_CHARACTERS ? after : before.length >= LEAST_CHARACTERS ? before : undefined;
  return material?.replace(/^["'“`]+|["'”`]+$/g, '');
}

/** The material of a request for a summary; undefined when none is asked for, or nothing is there to be summed up. */
export function summaryOf(text: string): string | undefined {
  return materialOf(searched(text));
}

/** A summary that is made of the material's own first sentences. */
export function summaryReply(text: string): string | undefined {
  const material = summaryOf(text);
  if (material === undefined) return undefined;
  const summary = sentencesOf(material).slice(0, SENTENCES).join(' ');
  if (summary.length <= SUMMARY_CHARACTERS) return summary;
  return `${summary
    .slice(0, SUMMARY_CHARACTERS)
    .replace(/\s\S*$/, '')
    .toWellFormed()}…`;
}
