import { jsonForm, usualForm } from './json-form.ts';
import type { Prompt } from './prompt.ts';
import type { Conversation } from './question/conversation.ts';
import { conversationOf } from './question/conversation.ts';
import { sourceFor } from './tools/calls.ts';
import { valueForSchema } from './values/value.ts';

const FORM_CHARACTERS = 200_000;
/** A text that wants JSON without a format that demands it. */
const WANTS_JSON =
  /\b(?:respond|reply|return|output|answer|provide|format|formatted|give|produce|generate|conforms?|print)\b[^.\n]{0,80}\bjson\b|\bjson schema\b|\b(?:as|in|valid) json\b|\bjson (?:object|format|instance)\b/i;

function valued(schema: unknown, talk: Conversation, answer: () => string): string {
  return JSON.stringify(valueForSchema(schema, { source: sourceFor(talk, answer, true) }));
}

/** JSON text that fits a schema, with what the prompt and the tools say in it. */
export function schemaAnswer(schema: unknown, prompt: Prompt, answer: () => string): string {
  return valued(schema, conversationOf(prompt), answer);
}

/** JSON of the form that the question or the instructions spell out; undefined when they spell out none. */
function formedAnswer(prompt: Prompt, answer: () => string): string | undefined {
  const talk = conversationOf(prompt);
  const asked = jsonForm(talk.asked.slice(0, FORM_CHARACTERS));
  if (asked !== undefined) return valued(asked.schema, { ...talk, asked: asked.rest }, answer);
  const system = prompt.turns.filter(({ role }) => role === 'system' || role === 'developer').map(({ text }) => text);
  for (const text of [...system, prompt.instructions]) {
    const form = text === '' ? undefined : jsonForm(text.slice(0, FORM_CHARACTERS));
    if (form !== undefined) return valued(form.schema, talk, answer);
  }
  return undefined;
}

/** The answer to a request that demands some JSON object. */
export function objectAnswer(prompt: Prompt, answer: () => string): string {
  const formed = formedAnswer(prompt, answer);
  if (formed !== undefined) return formed;
  const talk = conversationOf(prompt);
  const usual = usualForm(talk.asked.slice(0, 2000));
  return usual === undefined ? JSON.stringify({ answer: answer() }) : valued(usual.schema, talk, answer);
}

/** Instructions of this length are about more than the form of one answer: only a whole schema in them is meant. */
const BRIEF_CHARACTERS = 2000;

/** JSON for a text that asks for it in words, and says of which form. */
export function spokenJson(prompt: Prompt, answer: () => string): string | undefined {
  const system = prompt.turns.filter(({ role }) => role === 'system' || role === 'developer').map(({ text }) => text);
  const texts = [conversationOf(prompt).asked, prompt.instructions, ...system];
  const wanting = texts.filter((text) => WANTS_JSON.test(text.slice(0, 20_000)));
  if (!wanting.some((text) => text.length < BRIEF_CHARACTERS || /"(?:properties|\$ref|\$defs)"\s{0,4}:/.test(text)))
    return undefined;
  return formedAnswer(prompt, answer);
}
