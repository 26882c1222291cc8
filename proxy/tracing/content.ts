import { isJsonObject, type Json, type JsonObject } from '../core/json.ts';
import type { OperationId } from '../protocols/types.ts';
import type { TracedContent } from '../telemetry/exchange-trace.ts';
import type { Family, Part } from '../translate/conversation.ts';
import type { Step } from '../translate/steps.ts';
import { translatorOf } from '../translate/table.ts';
import { parseObject } from '../wire/json-object.ts';
import { parseEvent } from '../wire/sse-event.ts';
import { splitEvents } from '../wire/sse.ts';

/** Bytes of a request or an answer up to which it is read. */
export const MOST_READ = 256 * 1024;
/** Characters of one text, and of all texts of one attribute. */
const TEXT_LENGTH = 8_192;
const ATTRIBUTE_LENGTH = 32_768;

const FAMILIES: Readonly<Partial<Record<OperationId, Family>>> = {
  'chat.completions': 'chat',
  responses: 'responses',
  messages: 'messages',
  'gemini.generate': 'gemini',
};

/** JSON texts in the forms of GenAI semantic conventions; undefined where what was said is not known, or too long to be read. */
export interface CapturedContent {
  readonly input: string | undefined;
  readonly output: string | undefined;
}

interface Message {
  readonly role: string;
  readonly parts: JsonObject[];
  readonly finish_reason?: string;
}

/** What was asked and answered. Texts are cut, and taken clean of credentials by `clean`; media are named and not shown. */
export function capturedContent(content: TracedContent, clean: (text: string) => string): CapturedContent {
  const family = FAMILIES[content.operation];
  const input = readable([content.request]) && messagesAsked(content, family);
  const output = family && readable(content.answer) && messagesAnswered(Buffer.concat(content.answer ?? []), family);
  return { input: input && written(input, clean), output: output && written(output, clean) };
}

function readable(parts: readonly (Buffer | undefined)[] | undefined): true | undefined {
  const bytes = parts?.reduce((sum, part) => sum + (part?.length ?? 0), 0) ?? 0;
  return bytes > 0 && bytes <= MOST_READ ? true : undefined;
}

function messagesAsked({ request, operation }: TracedContent, family: Family | undefined): Message[] | undefined {
  const body = request && parseObject(request.toString());
  if (!body) return undefined;
  if (!family) {
    const text = operation === 'completions' ? body['prompt'] : body['input'];
    return typeof text === 'string' ? [{ role: 'user', parts: [textPart(text)] }] : undefined;
  }
  try {
    const { turns } = translatorOf(family).readRequest(body, { stream: false, model: '' });
    return turns.map(({ role, parts }) => ({ role, parts: parts.map(partAsked) }));
  } catch {
    // What a translation refuses is the endpoint's own affair.
    return undefined;
  }
}

function partAsked(part: Part): JsonObject {
  if (part.kind === 'text' || part.kind === 'refusal') return textPart(part.text);
  if (part.kind === 'reasoning') return { type: 'reasoning', content: part.text };
  if (part.kind === 'call') return { type: 'tool_call', id: part.id, name: part.name, arguments: part.input };
  if (part.kind === 'result') {
    const texts = part.parts.map((inner) => (inner.kind === 'text' ? inner.text : `[${inner.kind}]`));
    return { type: 'tool_call_response', id: part.callId, response: texts.join('\n') };
  }
  return { type: part.kind };
}

function messagesAnswered(answer: Buffer, family: Family): Message[] | undefined {
  const answered = new AnsweredMessages();
  for (const step of stepsOf(answer, family)) answered.take(step);
  return answered.messages;
}

interface Choice {
  readonly parts: JsonObject[];
  finish: string;
}

/** Words of the conventions for causes that they call otherwise. */
const FINISHES: Readonly<Record<string, string>> = { tool_calls: 'tool_call', filter: 'content_filter' };

/** Puts the messages of an answer together, one a choice. */
class AnsweredMessages {
  readonly #choices = new Map<number, Choice>();
  readonly #blocks = new Map<number, JsonObject>();

  /** Undefined where there is none. */
  get messages(): Message[] | undefined {
    const choices = [...this.#choices.entries()].toSorted(([a], [b]) => a - b);
    if (choices.length === 0) return undefined;
    return choices.map(([, { parts, finish }]) => ({ role: 'assistant', parts, finish_reason: finish }));
  }

  take(step: Step): void {
    switch (step.kind) {
      case 'text-start':
        this.#begin(step, textPart(''));
        break;
      case 'reasoning-start':
        this.#begin(step, { type: 'reasoning', content: '' });
        break;
      case 'call-start':
        this.#begin(step, { type: 'tool_call', id: step.id, name: step.name, arguments: '' });
        break;
      case 'refusal-delta':
        if (!this.#blocks.has(step.block)) this.#begin(step, textPart(''));
        this.#grow(step.block, 'content', step.text);
        break;
      case 'text-delta':
      case 'reasoning-delta':
        this.#grow(step.block, 'content', step.text);
        break;
      case 'call-delta':
        this.#grow(step.block, 'arguments', step.input);
        break;
      case 'finish':
        this.#choice(step.choice).finish = FINISHES[step.cause] ?? step.cause;
        break;
      default:
    }
  }

  #begin({ block, choice }: { readonly block: number; readonly choice: number }, part: JsonObject): void {
    this.#blocks.set(block, part);
    this.#choice(choice).parts.push(part);
  }

  #grow(block: number, member: 'content' | 'arguments', text: string): void {
    const part = this.#blocks.get(block);
    const before = part?.[member];
    if (part) part[member] = typeof before === 'string' ? before + text : text;
  }

  #choice(number: number): Choice {
    const known = this.#choices.get(number) ?? { parts: [], finish: '' };
    this.#choices.set(number, known);
    return known;
  }
}

function stepsOf(answer: Buffer, family: Family): readonly Step[] {
  const reader = translatorOf(family).answerReader();
  if (answer[0] === OPENING_BRACE) return reader.body(answer);
  const steps = splitEvents(answer).flatMap((bytes) => {
    const { event, data } = parseEvent(bytes);
    return data === '' ? [] : reader.event(event, data);
  });
  return [...steps, ...reader.end()];
}

const OPENING_BRACE = 0x7b;

function textPart(content: string): JsonObject {
  return { type: 'text', content };
}

/** The latest messages are kept where all of them are too long. */
function written(messages: readonly Message[], clean: (text: string) => string): string {
  let room = ATTRIBUTE_LENGTH;
  const shown: Message[] = [];
  for (const message of messages.toReversed()) {
    const cut = { ...message, parts: message.parts.map((part) => shownPart(part, clean)) };
    room -= JSON.stringify(cut).length;
    if (room < 0) break;
    shown.unshift(cut);
  }
  return JSON.stringify(shown);
}

function shownPart(part: JsonObject, clean: (text: string) => string): JsonObject {
  return Object.fromEntries(Object.entries(part).map(([name, value]) => [name, shownValue(value, clean)]));
}

function shownValue(value: Json | undefined, clean: (text: string) => string): Json {
  if (typeof value !== 'string') return isJsonObject(value) ? {} : (value ?? null);
  // Cleaned first: a credential that is cut in two is not known again.
  const text = clean(value);
  return text.length > TEXT_LENGTH ? `${text.slice(0, TEXT_LENGTH)}…` : text;
}
