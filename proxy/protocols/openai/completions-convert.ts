import type { Json, JsonObject } from '../../core/json.ts';
import { elements, joinOrLast, lastText, mergeChunks, mergeLast, mergeObjects, omit } from './chunk-merge.ts';
import { areTextOf, ChunkWriter, DONE, parseAnswer } from './chunk-writer.ts';
import { isExactObject } from '../../wire/json-exact.ts';
import { textPieces } from './text-pieces.ts';

/** The text_completion that the stream's generation would have given unary. Takes a complete stream. */
export function assembleCompletion(events: readonly Buffer[]): Buffer {
  const { top, choices } = mergeChunks(events);
  const { id, created, model, usage, ...rest } = top;
  const body = { id, object: 'text_completion', created, model, choices: choices.map(assembleChoice), usage, ...rest };
  return Buffer.from(JSON.stringify(body, null, 2));
}

function assembleChoice([index, pieces]: readonly [number, readonly JsonObject[]]): object {
  const logprobs = elements(pieces.map((piece) => piece['logprobs'] ?? null));
  return {
    text: joinOrLast(pieces, 'text'),
    index,
    logprobs: logprobs.length === 0 ? null : mergeObjects(logprobs),
    finish_reason: lastText(pieces, 'finish_reason') ?? null,
    ...omit(mergeLast(pieces), ['text', 'index', 'logprobs', 'finish_reason']),
  };
}

/** The chunks that a unary answer's generation would have given, with the usage chunk and `[DONE]`. */
export function synthesiseCompletion(body: Buffer): Buffer[] {
  const { id, object: _, created, choices, usage, ...unknown } = parseAnswer(body);
  const other = usage === undefined || usage === null || isExactObject(usage) ? {} : { usage };
  const tail = { ...unknown, ...other };
  const writer = new ChunkWriter({ id, object: 'text_completion', created }, tail);
  const noUsage = isExactObject(usage) ? { usage: null } : {};
  const events = elements(choices)
    .flatMap(chunksOf)
    .map((choice) => writer.write([choice], noUsage));
  if (isExactObject(usage)) events.push(writer.write([], { usage }));
  return [...events, DONE];
}

function chunksOf(choice: JsonObject): object[] {
  const { text = '', index = 0, logprobs = null, finish_reason = null, ...rest } = choice;
  const pieces = typeof text === 'string' ? piecesOf(text, logprobs) : [];
  return [
    ...pieces.map((piece) => ({ text: piece.text, index, logprobs: piece.logprobs, finish_reason: null })),
    { text: typeof text === 'string' ? '' : text, index, logprobs: null, finish_reason, ...rest },
  ];
}

interface TextPiece {
  readonly text: string;
  readonly logprobs: Json;
}

/** One token a piece where logprobs name the tokens, else about a word; whole where tokens and text disagree. */
function piecesOf(text: string, logprobs: Json): TextPiece[] {
  if (!isExactObject(logprobs)) return textPieces(text).map((piece) => ({ text: piece, logprobs: null }));
  const tokens = logprobs['tokens'];
  if (!Array.isArray(tokens) || !areTextOf(tokens, text)) return [{ text, logprobs }];
  return tokens.map((token, at) => ({ text: token, logprobs: tokenAt(logprobs, at, tokens.length) }));
}

/** The lists of `logprobs` run side by side, an entry a token. */
function tokenAt(logprobs: JsonObject, at: number, count: number): JsonObject {
  const slices = Object.entries(logprobs).map(([key, list]): [string, Json] => {
    return [key, Array.isArray(list) && list.length === count ? list.slice(at, at + 1) : list];
  });
  return Object.fromEntries(slices);
}
