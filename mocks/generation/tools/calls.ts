import type { PastCall, ToolSpec } from '../prompt.ts';
import type { Conversation } from '../question/conversation.ts';
import { enumerated, Facts } from '../question/facts.ts';
import { returnedValues, withoutMark } from '../question/returned.ts';
import { textForGrammar } from '../grammar-text.ts';
import type { Property } from '../values/property.ts';
import { propertyOf } from '../values/property.ts';
import { requiredNames } from '../values/schema.ts';
import { Source } from '../values/source.ts';
import { stringsFound } from '../values/strings.ts';
import { fits } from '../values/valid.ts';
import { valueForSchema } from '../values/value.ts';
import type { Fit } from './fit.ts';
import { sameInput } from './same-input.ts';
import { propertiesOf } from './profile.ts';

/** A call that an answer is to make. */
export interface PlannedCall {
  readonly tool: ToolSpec;
  /** JSON for functions, free text for custom tools; empty for hosted ones. */
  readonly input: string;
  /** One of several calls of the tool, each for another thing that the question lists. */
  readonly listed: boolean;
}

interface Window {
  readonly at: number;
  readonly end: number;
}

const LISTED_MOST = 8;
const LISTABLE = new Set(['place', 'identifier', 'other']);
const CLAUSE = /(?:,|;|[.?!]|\band\b|\bthen\b|\balso\b)/g;

/** Everything that arguments may be taken from. */
export function sourceFor(talk: Conversation, answer: () => string, whole: boolean): Source {
  const results = talk.returned.map(({ text }) => withoutMark(text)).join('\n');
  const text = whole && results !== '' ? `${talk.asked}\n${results}` : talk.asked;
  return new Source({
    facts: new Facts(text),
    earlier: talk.earlier.map((one) => new Facts(one)),
    returned: returnedValues(talk),
    answer,
  });
}

/** Where the part of a question begins that an anchor stands in. */
function clauseStart(text: string, anchor: number): number {
  let start = 0;
  for (const found of text.slice(0, anchor).matchAll(CLAUSE)) start = found.index + found[0].length;
  return start;
}

/** The part of the question that speaks of each of several tools. */
export function windowsOf(chosen: readonly Fit[], text: string): ReadonlyMap<ToolSpec, Window> {
  const starts = chosen
    .filter(({ anchors }) => anchors.length > 0)
    .map(({ tool, anchors }) => ({ tool, at: clauseStart(text, Math.min(...anchors)) }))
    .toSorted((a, b) => a.at - b.at);
  const windows = new Map<ToolSpec, Window>();
  for (const [index, { tool, at }] of starts.entries())
    windows.set(tool, { at, end: starts[index + 1]?.at ?? text.length });
  return windows;
}

/** The property that a question may list several values of: the only one of its kind. */
function listable(tool: ToolSpec): Property | undefined {
  const required = new Set(requiredNames(tool.parameters as Record<string, unknown>));
  const texts = propertiesOf(tool.parameters)
    .filter(
      ([name, schema]) =>
        schema['type'] === 'string' && schema['enum'] === undefined && (required.size === 0 || required.has(name)),
    )
    .map(([name, schema]) => propertyOf(name, schema))
    .filter(({ kind }) => LISTABLE.has(kind));
  return texts.length === 1 ? texts[0] : undefined;
}

function listedTexts(
  tool: ToolSpec,
  source: Source,
): { readonly name: string; readonly texts: readonly string[] } | undefined {
  const property = listable(tool);
  const found = property && stringsFound(property, source)[0];
  if (property === undefined || found?.span === undefined || found.among === undefined) return undefined;
  const spans = enumerated(source.facts.text, source.free(found.among), found.span);
  const [first, second] = spans;
  // `Paris, France` is one place; a list of two has a word between them.
  const joined = spans.length > 2 || /\p{L}/u.test(source.facts.text.slice(first?.end, second?.at));
  if (!joined) return undefined;
  const texts = [...new Set(spans.map(({ text }) => text))].filter((text) => fits(property.schema, text));
  return texts.length > 1 ? { name: property.name, texts: texts.slice(0, LISTED_MOST) } : undefined;
}

function functionCalls(tool: ToolSpec, source: Source, window: Window | undefined): readonly PlannedCall[] {
  const part = (): Source => (window === undefined ? source.fresh() : source.within(window));
  const value = valueForSchema(tool.parameters, { source: part(), lean: true });
  // A function without parameters is called with none.
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return [{ tool, input: '{}', listed: false }];
  const list = listedTexts(tool, part());
  if (list === undefined) return [{ tool, input: JSON.stringify(value), listed: false }];
  return list.texts.map((text) => ({ tool, input: JSON.stringify({ ...value, [list.name]: text }), listed: true }));
}

function customInput(tool: ToolSpec, source: Source): string {
  if (tool.grammar) {
    const constrained = textForGrammar(tool.grammar);
    if (constrained !== undefined) return constrained;
  }
  const wanted = /code|python|sql|script|exec|shell|command/i.test(tool.name) ? 'code' : 'text';
  const [found] = stringsFound(propertyOf(wanted, { type: 'string' }), source);
  return found?.text ?? source.facts.text.slice(0, 400).toWellFormed();
}

/** The calls of one tool that a question asks for: one, or one for each thing that it lists. */
export function callsOf(tool: ToolSpec, source: Source, window?: Window): readonly PlannedCall[] {
  if (tool.kind === 'hosted') return [{ tool, input: '', listed: false }];
  if (tool.kind === 'custom') return [{ tool, input: customInput(tool, source.fresh()), listed: false }];
  return functionCalls(tool, source, window);
}

/** Whether a call was made since the question: a tool that has answered is not asked the same again. */
export function wasMade(call: PlannedCall, made: readonly PastCall[]): boolean {
  return made.some(
    ({ name, input }) =>
      name === call.tool.name && (!call.listed || input === undefined || sameInput(input, call.input)),
  );
}
