import type { Generation } from '../../generation/generate.ts';
import { json, quote } from '../json.ts';
import type { Random } from '../reply.ts';
import type { Body } from '../validate.ts';
import { isBody } from '../validate.ts';
import type { GeminiModel } from './models.ts';
import { sign, signedCall } from './signatures.ts';
import type { Signer } from './signatures.ts';

/** A piece of an answer as it is streamed. */
export interface Step {
  /** Compact JSON of a part. */
  readonly part: string;
  /** Visible tokens. */
  readonly tokens: number;
}

/** An answer in the form of parts, whole and in pieces. */
export interface AnswerParts {
  /** Before the text: thoughts, and what tools of the provider did. */
  readonly before: readonly string[];
  readonly beforeSteps: readonly Step[];
  /** Whole text and calls. */
  readonly parts: readonly string[];
  readonly steps: readonly Step[];
  /** The part that closes a stream; undefined where the last step does. */
  readonly closing: string | undefined;
  /** Arguments that are no JSON: such a call cannot be expressed. */
  readonly malformed: string | undefined;
  readonly called: boolean;
}

export interface AnswerOptions {
  readonly model: GeminiModel;
  readonly includeThoughts: boolean;
  readonly signer: Signer;
  /** Turns of the user in the request. */
  readonly position: number;
  /** Tools were offered. */
  readonly offered: boolean;
  /** Each delta of a scripted answer is a chunk of its own. */
  readonly exactPieces: boolean;
  /** Compact JSON of parts that tools of the provider made. */
  readonly executed: readonly string[];
  /** Compact JSON of the picture or sound that ends the answer. */
  readonly made: string | undefined;
  readonly random: Random;
}

const THOUGHT_CHARACTERS = 400;
/** Characters of a chunk; the first of the older models is shorter. */
const CHUNK_CHARACTERS = { g2: 60, g25: 100, g3: 100 } as const;
const CALL_ID_LENGTH = 8;

const textPart = (text: string, signature?: string): string =>
  `{"text":${quote(text)}${signature === undefined ? '' : `,"thoughtSignature":"${signature}"`}}`;
const thoughtPart = (text: string): string => `{"text":${quote(text)},"thought":true}`;

/** Deltas put together until a chunk is long enough. */
function textSteps(pieces: readonly string[], { model, exactPieces }: AnswerOptions): readonly Step[] {
  if (exactPieces) return pieces.map((piece) => ({ part: textPart(piece), tokens: 1 }));
  const most = CHUNK_CHARACTERS[model.generation];
  const steps: Step[] = [];
  let text = '';
  let tokens = 0;
  const close = (): void => {
    if (text !== '') steps.push({ part: textPart(text), tokens });
    text = '';
    tokens = 0;
  };
  for (const piece of pieces) {
    text += piece;
    tokens += 1;
    if (text.length >= most || (steps.length === 0 && model.generation === 'g2')) close();
  }
  close();
  return steps;
}

function thoughtSteps(text: string): readonly Step[] {
  const count = Math.ceil(text.length / THOUGHT_CHARACTERS);
  return Array.from({ length: count }, (_, at) => ({
    part: thoughtPart(text.slice(at * THOUGHT_CHARACTERS, (at + 1) * THOUGHT_CHARACTERS).toWellFormed()),
    tokens: 0,
  }));
}

interface ReadCall {
  readonly name: string;
  readonly args: Body | undefined;
  readonly written: string;
  readonly tokens: number;
}

function readCalls({ calls, finish }: Generation): readonly ReadCall[] {
  const read = calls.map(({ name, input, pieces }): ReadCall => {
    let args: Body | undefined;
    try {
      const value: unknown = input === '' ? {} : JSON.parse(input);
      args = isBody(value) ? value : undefined;
    } catch {
      args = undefined;
    }
    return { name, args, written: input, tokens: pieces.length };
  });
  // A call that was cut off does not leave the model.
  return finish === 'length' ? read.filter(({ args }) => args !== undefined) : read;
}

function callParts(calls: readonly ReadCall[], options: AnswerOptions, thought: boolean): readonly Step[] {
  const { model, signer, position, offered, random } = options;
  const signs = model.generation === 'g3' || (model.generation === 'g25' && thought && offered);
  return calls.map(({ name, args, tokens }, at) => {
    const id = model.generation === 'g3' ? `,"id":"${random.alnum(CALL_ID_LENGTH).toLowerCase()}"` : '';
    const signed = signs && at === 0 ? `,"thoughtSignature":"${sign(signedCall(name, args), position, signer)}"` : '';
    return { part: `{"functionCall":{"name":${quote(name)},"args":${json(args)}${id}}${signed}}`, tokens };
  });
}

/** The text that is shown: none where a call could not be expressed. */
function shownText({ text, refusal }: Generation, malformed: boolean): string | undefined {
  const said = text ?? refusal ?? '';
  return malformed || said === '' ? undefined : said;
}

function thoughtsOf({ reasoning, reasoningTokens }: Generation, { includeThoughts }: AnswerOptions): string {
  return includeThoughts && reasoningTokens > 0 ? reasoning : '';
}

/** The answer in parts, signed where the model signs. */
export function answerParts(answer: Generation, options: AnswerOptions): AnswerParts {
  const { model, executed, signer, position } = options;
  const read = readCalls(answer);
  const malformed = read.find(({ args }) => args === undefined)?.written;
  const calls = malformed === undefined ? callParts(read, options, answer.reasoningTokens > 0) : [];
  const shown = shownText(answer, malformed !== undefined);
  const thoughts = thoughtsOf(answer, options);
  const signsText = model.generation === 'g3' && calls.length === 0;
  const signature = signsText && shown !== undefined ? sign(shown, position, signer) : undefined;
  const closes = signature !== undefined || (model.generation !== 'g2' && calls.length > 0);
  const text =
    shown === undefined ? undefined : { part: textPart(shown, signature), steps: textSteps(answer.pieces, options) };
  const media = options.made === undefined ? [] : [{ part: options.made, tokens: 1 }];
  return {
    before: [...(thoughts === '' ? [] : [thoughtPart(thoughts)]), ...executed],
    beforeSteps: [...thoughtSteps(thoughts), ...executed.map((part) => ({ part, tokens: 0 }))],
    parts: [...(text === undefined ? [] : [text.part]), ...[...calls, ...media].map(({ part }) => part)],
    steps: [...(text?.steps ?? []), ...calls, ...media],
    closing: closes ? textPart('', signature) : undefined,
    malformed,
    called: calls.length > 0,
  };
}
