import type { Json, JsonObject } from '../../core/json.ts';
import { compactJson, isExactObject, numberOf, parseExact } from '../../wire/json-exact.ts';
import { payloadText } from './chunk.ts';

/** Characters of a piece of text, about as many as the real API sends in one. */
const PIECE = /[^]{1,100}/gu;

/** Members of an answer in the order of the real API; what is not known stands behind them. */
const ORDER = ['candidates', 'promptFeedback', 'usageMetadata', 'modelVersion', 'responseId'];

/** The answer that the stream's generation would have given unary. Takes a stream that has ended. */
export function assembleAnswer(events: readonly Buffer[]): Buffer {
  return writeBody(
    merged(
      events
        .map(payloadText)
        .filter((text) => text !== '')
        .map(parsed),
    ),
  );
}

function writeBody(answer: JsonObject): Buffer {
  return Buffer.from(`${JSON.stringify(answer, null, 2)}\n`);
}

function parsed(text: string): JsonObject {
  const value = parseExact(text);
  return isExactObject(value) ? value : {};
}

/** One answer out of its pieces: parts go on, of every other member the last value holds. */
function merged(pieces: readonly JsonObject[]): JsonObject {
  const candidates = new Map<number, JsonObject>();
  let answer: JsonObject = {};
  for (const piece of pieces) {
    answer = { ...answer, ...piece };
    for (const candidate of objectsIn(piece['candidates'])) {
      const index = numberOf(candidate['index']) ?? 0;
      candidates.set(index, mergedCandidate(candidates.get(index), candidate));
    }
  }
  const all = [...candidates].toSorted(([a], [b]) => a - b).map(([, candidate]) => candidate);
  if (all.length > 0) answer['candidates'] = all;
  const known = ORDER.filter((name) => answer[name] !== undefined).map((name) => [name, answer[name]]);
  return { ...Object.fromEntries(known), ...omit(answer, ORDER) } as JsonObject;
}

function mergedCandidate(before: JsonObject | undefined, candidate: JsonObject): JsonObject {
  if (before === undefined) return withParts(candidate, mergedParts([], partsOf(candidate)));
  const { content, ...rest } = candidate;
  const both = { ...before, ...rest, ...mergedLogprobs(before, candidate) };
  if (!isExactObject(content)) return both;
  const whole = { ...both, content: { ...objectOf(before['content']), ...content } };
  return withParts(whole, mergedParts(partsOf(before), partsOf(candidate)));
}

function withParts(candidate: JsonObject, parts: readonly JsonObject[]): JsonObject {
  if (parts.length === 0) return candidate;
  const { parts: _, ...content } = objectOf(candidate['content']);
  return { ...candidate, content: { parts: [...parts], ...content } };
}

/** Log probabilities come for each piece and belong one behind the other. */
function mergedLogprobs(before: JsonObject, candidate: JsonObject): JsonObject {
  const name = 'logprobsResult';
  const [one, other] = [before[name], candidate[name]];
  if (!isExactObject(one) || !isExactObject(other)) return {};
  const lists = Object.entries(other).map(([key, value]): [string, Json] => {
    const list = one[key];
    return [key, Array.isArray(list) && Array.isArray(value) ? [...list, ...value] : value];
  });
  return { [name]: { ...one, ...Object.fromEntries(lists) } };
}

function mergedParts(before: readonly JsonObject[], parts: readonly JsonObject[]): JsonObject[] {
  const all = [...before];
  for (const part of parts) {
    const last = all.at(-1);
    if (last && goesOn(last, part)) all[all.length - 1] = { ...last, ...part, text: `${textOf(last)}${textOf(part)}` };
    else all.push(part);
  }
  // The API opens and closes with empty text where it has no other.
  return all.length === 1 ? all : all.filter((part) => !isEmptyText(part));
}

/** Whether a part is the next piece of a text. */
function goesOn(last: JsonObject, part: JsonObject): boolean {
  if (!isText(last) || !isText(part) || 'thoughtSignature' in last) return false;
  return (last['thought'] === true) === (part['thought'] === true);
}

function isText(part: JsonObject): boolean {
  return typeof part['text'] === 'string';
}

function textOf({ text }: JsonObject): string {
  return typeof text === 'string' ? text : '';
}

function isEmptyText(part: JsonObject): boolean {
  return part['text'] === '' && Object.keys(part).every((name) => name === 'text' || name === 'thought');
}

/**
 * The events that a unary answer's generation would have given; a body that is an array of pieces has them already.
 * Throws for a body that is no JSON.
 */
export function synthesiseAnswer(body: Buffer): Buffer[] {
  const value = parseExact(compactJson(body).toString());
  if (Array.isArray(value)) return objectsIn(value).map(frame);
  if (!isExactObject(value)) throw new TypeError('The answer to replay as a stream is not a JSON object.');
  return chunksOf(value).map(frame);
}

function chunksOf(answer: JsonObject): JsonObject[] {
  const candidates = objectsIn(answer['candidates']);
  if (candidates.length === 0) return [answer];
  const { modelVersion, responseId } = answer;
  const shared = present({ modelVersion, responseId });
  const pieces = candidates.map((candidate) => partsOf(candidate).flatMap(inPieces));
  const middle = candidates.flatMap((candidate, at) => {
    const { role } = objectOf(candidate['content']);
    const { index } = candidate;
    return (pieces[at] ?? []).slice(0, -1).map((part) => ({
      candidates: [{ content: { parts: [part], ...present({ role }) }, ...present({ index }) }],
      ...shared,
    }));
  });
  const last = candidates.map((candidate, at) => withParts(candidate, (pieces[at] ?? []).slice(-1)));
  return [...middle, { ...answer, candidates: last }];
}

/** A text in pieces, of which the last has what belongs to the whole; every other part as it is. */
function inPieces(part: JsonObject): JsonObject[] {
  const { text, ...rest } = part;
  if (typeof text !== 'string') return [part];
  const pieces = text.match(PIECE) ?? [''];
  const { thought } = rest;
  return pieces.map((piece, at) =>
    at === pieces.length - 1 ? { ...part, text: piece } : { text: piece, ...present({ thought }) },
  );
}

function frame(chunk: JsonObject): Buffer {
  return Buffer.from(`data: ${JSON.stringify(chunk)}\r\n\r\n`);
}

function partsOf(candidate: JsonObject): JsonObject[] {
  return objectsIn(objectOf(candidate['content'])['parts']);
}

function objectOf(value: Json | undefined): JsonObject {
  return isExactObject(value) ? value : {};
}

function objectsIn(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter((element) => isExactObject(element)) : [];
}

function present(members: Readonly<Record<string, Json | undefined>>): JsonObject {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as JsonObject;
}

function omit(object: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
}
