import type { Prompt } from '../prompt.ts';
import { conversationOf } from '../question/conversation.ts';
import { Facts } from '../question/facts.ts';
import { searched } from '../question/searched.ts';
import { defaultAnswer, knownAnswer } from '../text.ts';
import { sentiment } from '../values/choices.ts';
import { expressionIn, valueOf } from '../values/expressions.ts';
import { countedReply } from './counted.ts';
import { exactReply } from './exact.ts';
import { recalled } from './recall.ts';
import { summaryReply } from './summary.ts';
import { translatedReply } from './translation.ts';

const SUM =
  /^\s*(?:what(?:'s| is)|how much is|calculate|compute|evaluate|solve)?[\s:]*[-(\d](?:times|plus|minus|divided by|multiplied by|[\d\s().+*/^×÷−=?-])*$/i;
const SENTIMENT = /\bsentiment\b|\bpositive\b[^\n]{0,40}\bnegative\b/i;
const EITHER =
  /\b(?:answer|reply|respond)\b[^.\n]{0,40}\b(yes or no|true or false)\b|\b(yes or no|true or false)\s?\?/i;

function summed(text: string): string | undefined {
  if (text.length > 200 || !SUM.test(text)) return undefined;
  const sum = expressionIn(new Facts(text));
  const value = sum && valueOf(sum.text);
  return value === undefined ? undefined : String(value);
}

/** `yes or no`, and what a text sounds like. */
function judged(text: string): string | undefined {
  const either = EITHER.exec(text);
  if (either !== null) return /true/i.test(either[1] ?? either[2] ?? '') ? 'True' : 'Yes';
  if (!SENTIMENT.test(text)) return undefined;
  // The labels themselves are no sign of a sentiment.
  const felt = sentiment(new Facts(text.replaceAll(/\b(?:positive|negative|neutral)\b/gi, ' ')));
  return felt === 0 ? 'Neutral' : felt > 0 ? 'Positive' : 'Negative';
}

function systemText(prompt: Prompt): string {
  const turns = prompt.turns.filter(({ role }) => role === 'system' || role === 'developer');
  return [prompt.instructions, ...turns.map(({ text }) => text)].filter((text) => text !== '').join('\n');
}

/** `Always answer with exactly "pong"`, in instructions that are about little else. */
function standingReply(instructions: string): string | undefined {
  return /\b(?:exactly|only|always|just)\b/i.test(instructions) ? exactReply(instructions) : undefined;
}

/** A text with none of these asks for nothing that is known here: most are told so by one look. */
const TELLING =
  /\d|[*×÷]|\b(?:say|reply|respond|answer|output|print|write|return|repeat|echo|translat|one|two|three|four|five|six|seven|eight|nine|ten|summar|tl;?dr|sum up|condense|shorten|sentiment|positive|true or false|yes or no)/i;

function plainly(text: string): string | undefined {
  return summed(text) ?? translatedReply(text, '') ?? countedReply(text) ?? summaryReply(text) ?? judged(text);
}

const OPENINGS = ['', 'Sure: ', 'Here you are: ', 'Certainly: ', 'Well: ', 'All right: ', 'Gladly: ', 'Let me see: '];
const CLOSINGS = [
  '',
  ' That is all.',
  ' I hope this helps.',
  ' Ask again if you like.',
  ' Is that enough?',
  ' So much for that.',
  ' Good luck!',
];

/** One of the ways to say the same; neighbouring numbers say it differently. */
function varied(text: string, variation: number | undefined): string {
  if (variation === undefined) return text;
  return `${OPENINGS[variation % OPENINGS.length]}${text}${CLOSINGS[variation % CLOSINGS.length]}`;
}

const STANDING_CHARACTERS = 600;

function instructedReply(text: string, prompt: Prompt): string | undefined {
  const instructions = searched(systemText(prompt));
  const known = knownAnswer(prompt.instructions);
  if (known !== undefined || instructions === '') return known;
  // Longer ones are about much else: a word of them is no order.
  return instructions.length < STANDING_CHARACTERS
    ? (translatedReply(text, instructions) ?? standingReply(instructions))
    : undefined;
}

function recalledReply(text: string, prompt: Prompt): string | undefined {
  const remembers = prompt.turns.length > 1 || prompt.instructions !== '' || text.length > 80;
  return remembers ? recalled(conversationOf(prompt), prompt.turns, prompt.instructions) : undefined;
}

/** The text that answers a prompt which no tool has been called for: what it plainly asks for, else an echo. */
export function replyTo(prompt: Prompt): string {
  const text = searched(prompt.asked);
  const telling = TELLING.test(text);
  const exact = telling ? exactReply(text) : undefined;
  if (exact !== undefined) return exact;
  const answer =
    knownAnswer(text) ??
    (telling ? plainly(text) : undefined) ??
    instructedReply(text, prompt) ??
    recalledReply(text, prompt) ??
    defaultAnswer(prompt.asked, prompt.instructions, prompt.verbosity);
  // A text of a wanted length has no room for more.
  return telling && countedReply(text) !== undefined ? answer : varied(answer, prompt.variation);
}
