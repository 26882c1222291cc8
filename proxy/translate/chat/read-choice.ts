import type { Json, JsonObject } from '../../core/json.ts';
import type { Citation, Seal } from '../conversation.ts';
import { numberOf, objectOf, objectsOf, textOf } from '../fields.ts';
import type { Step, StopCause } from '../steps.ts';
import { type AnswerState, CallReader } from './read-calls.ts';
import { readReasoning, readSeal, thinkingIn } from './read-reasoning.ts';

/** Reads one choice, delta after delta; the message of a unary answer is one delta. */
export class ChoiceReader {
  readonly #choice: number;
  readonly #state: AnswerState;
  #text: number | undefined;
  #reasoning: number | undefined;
  #refusal: number | undefined;
  readonly #calls: CallReader;
  finished = false;

  constructor(choice: number, state: AnswerState) {
    this.#choice = choice;
    this.#state = state;
    this.#calls = new CallReader(choice, state, () => {
      this.#endThought();
      this.#endText();
    });
  }

  take(delta: JsonObject, logprobs: Json | undefined): void {
    const { content } = delta;
    this.#think(delta);
    const text = typeof content === 'string' ? content : textIn(content);
    const entries = objectOf(logprobs)?.['content'];
    if (text !== '' || (Array.isArray(entries) && entries.length > 0)) this.#say(text, entries);
    this.#others(delta);
  }

  /** A whole message: its reasoning is told in the form that says most. */
  takeMessage(message: JsonObject, logprobs: Json | undefined): void {
    for (const part of readReasoning(message)) {
      this.#endThought();
      if (part.text !== '') this.#thought(part.text);
      if (part.seal !== undefined) this.#sealThought(part.seal, part.redacted === true);
    }
    const { reasoning: _r, reasoning_content: _c, reasoning_details: _d, thinking_blocks: _b, ...rest } = message;
    this.take(Array.isArray(rest['content']) ? { ...rest, content: textIn(rest['content']) } : rest, logprobs);
  }

  finish(native: string): void {
    if (this.finished) return;
    this.finished = true;
    this.#endText();
    this.#endThought();
    this.#endRefusal();
    this.#calls.finish();
    const cause = causeOf(native, this.#calls.any, this.#refused);
    this.#put({ kind: 'finish', choice: this.#choice, cause, native });
  }

  #refused = false;

  #put(step: Step): void {
    this.#state.steps.push(step);
  }

  #others(delta: JsonObject): void {
    const refusal = textOf(delta['refusal']);
    if (refusal !== undefined) this.#refuse(refusal);
    const { annotations, tool_calls, function_call, extra_content } = delta;
    if (annotations !== undefined) for (const note of objectsOf(annotations)) this.#cite(note);
    if (tool_calls !== undefined) this.#calls.take(objectsOf(tool_calls));
    const legacy = objectOf(function_call);
    if (legacy !== undefined) this.#calls.take([{ index: 0, function: legacy }]);
    const seal = extra_content === undefined ? undefined : readSeal(delta);
    if (seal !== undefined) this.#put({ kind: 'seal', block: this.#openText(), seal });
  }

  #say(text: string, entries: Json | undefined): void {
    const block = this.#openText();
    const logprobs = Array.isArray(entries) && entries.length > 0 ? { logprobs: entries } : {};
    this.#put({ kind: 'text-delta', block, text, ...logprobs });
  }

  #openText(): number {
    if (this.#text !== undefined) return this.#text;
    this.#endThought();
    this.#text = this.#state.nextBlock();
    this.#put({ kind: 'text-start', block: this.#text, choice: this.#choice });
    return this.#text;
  }

  #endText(): void {
    if (this.#text !== undefined) this.#put({ kind: 'block-end', block: this.#text });
    this.#text = undefined;
  }

  #think(delta: JsonObject): void {
    const text = textOf(delta['reasoning_content']) ?? textOf(delta['reasoning']) ?? textOf(thinkingIn(delta));
    if (text !== undefined) this.#thought(text);
    if (delta['reasoning_details'] === undefined && delta['thinking_blocks'] === undefined) return;
    for (const part of readReasoning(delta)) {
      if (part.text !== '' && text === undefined && part.redacted !== true && this.#isNewThought(part.text))
        this.#thought(part.text);
      if (part.seal !== undefined)
        this.#sealThought(part.seal, part.redacted === true && this.#reasoning === undefined);
    }
  }

  /** The piece that brings the signature of a block repeats the whole of its text in some servers. */
  #isNewThought(text: string): boolean {
    return !(this.#reasoning !== undefined && this.#thoughts === text);
  }

  #thoughts = '';

  #thought(text: string): void {
    if (this.#reasoning === undefined) {
      this.#endText();
      this.#openThought();
    }
    this.#thoughts += text;
    this.#put({ kind: 'reasoning-delta', block: this.#reasoning ?? 0, text });
  }

  #openThought(): number {
    this.#reasoning = this.#state.nextBlock();
    this.#thoughts = '';
    this.#put({ kind: 'reasoning-start', block: this.#reasoning, choice: this.#choice });
    return this.#reasoning;
  }

  #sealThought(seal: Seal, redacted: boolean): void {
    const block = this.#reasoning ?? this.#openThought();
    const { model } = this.#state;
    const made = seal.model === undefined && model !== undefined ? { ...seal, model } : seal;
    this.#put({ kind: 'seal', block, seal: made, ...(redacted ? { redacted } : {}) });
    this.#put({ kind: 'block-end', block });
    this.#reasoning = undefined;
  }

  /** Thought that nothing seals is sealed by its family, so that it goes back to its maker and to no other. */
  #endThought(): void {
    if (this.#reasoning === undefined) return;
    const { model } = this.#state;
    this.#sealThought({ family: 'chat', value: '', ...(model === undefined ? {} : { model }) }, false);
  }

  #refuse(text: string): void {
    if (this.#refusal === undefined) {
      this.#endThought();
      this.#endText();
      this.#refusal = this.#state.nextBlock();
    }
    this.#refused = true;
    this.#put({ kind: 'refusal-delta', block: this.#refusal, choice: this.#choice, text });
  }

  #endRefusal(): void {
    if (this.#refusal !== undefined) this.#put({ kind: 'block-end', block: this.#refusal });
    this.#refusal = undefined;
  }

  #cite(note: JsonObject): void {
    const citation = readAnnotation(note);
    if (citation !== undefined) this.#put({ kind: 'citation', block: this.#openText(), citation });
  }
}

/** Text of a content that is a list of parts; '' for null and for thinking. */
function textIn(content: Json | undefined): string {
  if (!Array.isArray(content)) return '';
  return objectsOf(content)
    .map((part) => (part['type'] === 'thinking' ? '' : (textOf(part['text']) ?? '')))
    .join('');
}

function readAnnotation(note: JsonObject): Citation | undefined {
  const inner = objectOf(note['url_citation']);
  if (inner === undefined) return undefined;
  const { url, title, start_index, end_index } = inner;
  return {
    url: textOf(url),
    title: textOf(title),
    start: numberOf(start_index),
    end: numberOf(end_index),
    own: { family: 'chat', value: note },
  };
}

const CAUSES: Readonly<Record<string, StopCause>> = {
  stop: 'stop',
  eos: 'stop',
  end_turn: 'stop',
  stop_sequence: 'stop_sequence',
  length: 'length',
  max_tokens: 'length',
  model_length: 'context_length',
  tool_calls: 'tool_calls',
  function_call: 'tool_calls',
  content_filter: 'filter',
  safety: 'filter',
};

/** A word that is not known is no good end: what was said may not be all. */
function causeOf(native: string, called: boolean, refused: boolean): StopCause {
  const cause = CAUSES[native.toLowerCase()] ?? 'length';
  if (cause !== 'stop' && cause !== 'tool_calls') return cause;
  if (called) return 'tool_calls';
  return refused ? 'refusal' : 'stop';
}
