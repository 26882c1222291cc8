import type { Prompt, ToolSpec } from '../prompt.ts';
import type { Conversation } from '../question/conversation.ts';
import { conversationOf } from '../question/conversation.ts';
import { conceptOf } from '../question/concepts.ts';
import { searched } from '../question/searched.ts';
import { contentStems, identifierWords, wordsIn } from '../question/words.ts';
import { propertyOf } from '../values/property.ts';
import { knownAnswer } from '../text.ts';
import type { PlannedCall } from './calls.ts';
import { callsOf, sourceFor, wasMade, windowsOf } from './calls.ts';
import type { Fit } from './fit.ts';
import { fittingTools } from './fit.ts';
import { propertiesOf } from './profile.ts';
import { forbidsTools, isRemark, withoutSmallTalk } from './small-talk.ts';

export type { PlannedCall } from './calls.ts';

const ENDS_FIRST = new Set([
  'finish',
  'submit',
  'complete',
  'done',
  'conclude',
  'respond',
  'answer',
  'final',
  'return',
]);
const ENDS_LAST = new Set(['answer', 'response', 'output', 'done']);
const FOLLOW_UP = /^\s*(?:and|what about|how about|now|same (?:for|with)|also|or|then|but)\b/i;
const FOLLOW_UP_WORDS = 8;
/** One word of a description does where a tool is asked in plain words. */
const NEARLY_ENOUGH = 0.9;
const INFORMATIONAL =
  /\?\s*$|^\s*(?:what|who|whom|whose|when|where|which|why|how|does|do|is|are|can|explain|describe|tell me)\b/i;
const PERSONAL = /\b(?:you|your|yourself)\b/i;
const PRIVATE = /\b(?:i|my|me|our|we|us)\b/i;
const LOOKS_UP = new Set(
  [
    'search',
    'retrieve',
    'retriever',
    'lookup',
    'knowledge',
    'documents',
    'docs',
    'documentation',
    'wikipedia',
    'faq',
  ].map(conceptOf),
);
const WORLDWIDE = /\b(?:web|internet|google|wikipedia|online|duckduckgo|tavily)\b/i;

/** Does the tool end a conversation, as `final_answer` and output tools do? */
function isFinishing({ name }: ToolSpec): boolean {
  const words = identifierWords(name);
  return (
    words.includes('final') ||
    ENDS_FIRST.has(words[0] ?? '') ||
    (ENDS_LAST.has(words.at(-1) ?? '') && words[0] !== 'get')
  );
}

/** Does the tool look things up that are asked in plain words? */
function looksUp(tool: ToolSpec): boolean {
  if (tool.kind === 'hosted') return tool.hosted?.looksUp === true;
  const plain = propertiesOf(tool.parameters).some(
    ([name, schema]) => schema['type'] === 'string' && propertyOf(name, schema).kind === 'request',
  );
  return plain && wordsIn(aboutOf(tool)).some(({ lower }) => LOOKS_UP.has(conceptOf(lower)));
}

const aboutOf = ({ name, description = '' }: ToolSpec): string =>
  `${identifierWords(name).join(' ')} ${description.slice(0, 200)}`;

/** The web is asked about the world, a store of documents about what is one's own. */
function isAbout(tool: ToolSpec, text: string): boolean {
  if (WORLDWIDE.test(aboutOf(tool))) return /\p{Lu}[\p{Ll}]+|\d{4}/u.test(text.slice(text.indexOf(' ') + 1));
  return PRIVATE.test(text) && !PERSONAL.test(text);
}

function seeksKnowledge(text: string): boolean {
  const known = knownAnswer(text) !== undefined || /\d\s?[-+*/×÷]\s?\d/.test(text);
  return !known && INFORMATIONAL.test(text) && contentStems(withoutSmallTalk(text)).length > 0;
}

/** A tool that looks things up takes questions that no other tool fits: those that have a word of it, and those about its realm. */
function lookupFor(text: string, tools: readonly ToolSpec[]): readonly Fit[] {
  const lookups = seeksKnowledge(text) ? tools.filter(looksUp) : [];
  if (lookups.length === 0) return [];
  const near = fittingTools(text, lookups, NEARLY_ENOUGH);
  if (near.length > 0) return near.slice(0, 1);
  const tool = contentStems(text).length > 1 ? lookups.find((one) => isAbout(one, text)) : undefined;
  return tool === undefined ? [] : [{ tool, score: 1, anchors: [] }];
}

/** `And in London?` goes on with what was asked before, as does the answer to a question of the assistant. */
function goesOn(talk: Conversation): boolean {
  const text = talk.asked.slice(0, 400);
  const short = text.length < 120 && wordsIn(text).length <= FOLLOW_UP_WORDS;
  return (
    short &&
    talk.earlier.length > 0 &&
    (FOLLOW_UP.test(text) || (/\?\s*$/.test(talk.replied.slice(-20)) && contentStems(text).length > 0))
  );
}

function fitting(talk: Conversation, tools: readonly ToolSpec[]): readonly Fit[] {
  const text = searched(talk.asked);
  if (forbidsTools(text) || isRemark(text)) return [];
  const direct = fittingTools(text, tools);
  if (direct.length > 0) return direct;
  const before = goesOn(talk) ? fittingTools(searched(talk.earlier[0] ?? ''), tools) : [];
  if (before.length > 0) return before.slice(0, 1).map((fit) => ({ ...fit, anchors: [] }));
  return lookupFor(text, tools);
}

/** What has to be called although the question fits nothing that is left: first what ends the conversation. */
function forced(tools: readonly ToolSpec[], talk: Conversation): ToolSpec | undefined {
  const names = new Set(talk.called.map(({ name }) => name));
  const left = tools.filter(({ name }) => !names.has(name));
  return left.find(isFinishing) ?? left[0];
}

class Plan {
  readonly #prompt: Prompt;
  readonly #talk: Conversation;
  readonly #answer: () => string;

  constructor(prompt: Prompt, answer: () => string) {
    this.#prompt = prompt;
    this.#talk = conversationOf(prompt);
    this.#answer = answer;
  }

  calls(): readonly PlannedCall[] {
    const { toolChoice: choice, tools } = this.#prompt;
    if (typeof choice === 'object') {
      const named = tools.filter(({ name }) => name === choice.name);
      return this.#left(named.flatMap((tool) => this.#callsOf(tool).slice(0, 1)));
    }
    const left = this.#left(this.#asked());
    if (left.length > 0) return this.#prompt.parallelTools ? left : left.slice(0, 1);
    const last = choice === 'required' ? forced(this.#open(), this.#talk) : this.#concluding();
    return last === undefined ? [] : this.#callsOf(last).slice(0, 1);
  }

  /** A tool named `final …` takes the answer where the conversation has come to it, also when no call is demanded. */
  #concluding(): ToolSpec | undefined {
    if (!this.#talk.answered) return undefined;
    const tool = forced(this.#prompt.tools.filter(isFinishing), this.#talk);
    return tool !== undefined && identifierWords(tool.name).includes('final') ? tool : undefined;
  }

  #asked(): readonly PlannedCall[] {
    const chosen = fitting(
      this.#talk,
      this.#open().filter((tool) => !isFinishing(tool)),
    );
    const windows = chosen.length > 1 ? windowsOf(chosen, searched(this.#talk.asked)) : undefined;
    const source = chosen.length > 0 ? sourceFor(this.#talk, this.#answer, false) : undefined;
    return chosen.flatMap(({ tool }) => (source === undefined ? [] : callsOf(tool, source, windows?.get(tool))));
  }

  /** What the provider brings along has had its turn when a tool of the client has answered. */
  #open(): readonly ToolSpec[] {
    return this.#talk.answered ? this.#prompt.tools.filter(({ kind }) => kind !== 'hosted') : this.#prompt.tools;
  }

  #callsOf(tool: ToolSpec): readonly PlannedCall[] {
    return callsOf(tool, sourceFor(this.#talk, this.#answer, true));
  }

  #left(calls: readonly PlannedCall[]): readonly PlannedCall[] {
    return calls.filter((call) => !wasMade(call, this.#talk.called));
  }
}

/**
 * The calls that an answer makes: none when it is to be a text. Under `auto` only those that the question asks for, each once, so
 * that every loop over tool calls ends; `answer` makes the text for arguments that want one.
 */
export function plannedCalls(prompt: Prompt, answer: () => string): readonly PlannedCall[] {
  if (prompt.toolChoice === 'none' || prompt.tools.length === 0) return [];
  return new Plan(prompt, answer).calls();
}
