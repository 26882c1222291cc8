import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { scanAnswer, type JsonMember } from '../../wire/json-scan.ts';
import { payloadOf } from '../../wire/sse-payload.ts';
import { splitEvents } from '../../wire/sse.ts';
import type { AnswerShape, OwnField, OwnFields } from '../types.ts';

/** What an answer shows where the request did not have the field. */
const ABSENT: Readonly<Record<string, string>> = {
  user: 'null',
  metadata: '{}',
  safety_identifier: 'null',
  prompt_cache_key: 'null',
};

const NAMES = Object.keys(ABSENT);

/** Finds the few events and bodies that may repeat such a field, without reading them. */
const MAY_HOLD = new RegExp(`"(?:response|${NAMES.join('|')})"`);

/** Of a request that names no caller, as most do. */
const NONE: OwnFields = Object.fromEntries(NAMES.map((name) => [name, '']));

/** The fields of a request that name its caller, as JSON text. */
export function ownFieldsOf(body: JsonObject): OwnFields {
  if (NAMES.every((name) => body[name] === undefined)) return NONE;
  return Object.fromEntries(NAMES.map((name) => [name, body[name] === undefined ? '' : JSON.stringify(body[name])]));
}

/**
 * Where an answer repeats fields of its request that name the caller: in the body, in each event, and in the `response`
 * of an event. `bytes` is a JSON body or whole events.
 */
export function findOwnFields(bytes: Buffer, shape: AnswerShape): OwnField[] {
  if (!MAY_HOLD.test(bytes.toString('latin1'))) return [];
  if (shape === 'body') return fieldsIn(bytes, 0, (at) => at);
  let start = 0;
  return splitEvents(bytes).flatMap((event) => {
    const from = start;
    start += event.length;
    if (!MAY_HOLD.test(event.toString('latin1'))) return [];
    const payload = payloadOf(event);
    return payload === undefined ? [] : fieldsIn(payload.bytes, 0, (at) => from + payload.placeOf(at));
  });
}

/** The fields of an object and of its `response`; `offset` is where the object starts in the payload. */
function fieldsIn(json: Buffer, offset: number, placeOf: (at: number) => number): OwnField[] {
  return scanAnswer(json).members.flatMap((member) => {
    const value = json.subarray(member.valueStart, member.valueEnd);
    if (member.key === 'response' && offset === 0) return fieldsIn(value, member.valueStart, placeOf);
    if (!NAMES.includes(member.key)) return [];
    return [fieldOf(member, value, (at) => placeOf(offset + at))];
  });
}

function fieldOf(member: JsonMember, value: Buffer, placeOf: (at: number) => number): OwnField {
  return {
    name: member.key,
    start: placeOf(member.valueStart),
    // The place of the last byte and not of the one behind it, which may lie on the next line.
    end: placeOf(member.valueEnd - 1) + 1,
    meaning: meaningOf(value.toString('utf8')),
  };
}

/**
 * The answer with the fields of this caller in the places of another's. Every other byte stays; the same buffer when
 * both callers' fields mean the same.
 */
export function fillOwnFields(bytes: Buffer, places: readonly OwnField[], own: OwnFields): Buffer {
  const pieces: Buffer[] = [];
  let done = 0;
  for (const { name, start, end, meaning } of places) {
    const text = own[name] ?? '';
    if (meaningOf(text) === meaning) continue;
    pieces.push(bytes.subarray(done, start), Buffer.from(isAbsent(text) ? (ABSENT[name] ?? 'null') : text));
    done = end;
  }
  if (done === 0) return bytes;
  pieces.push(bytes.subarray(done));
  return Buffer.concat(pieces);
}

/** Whether two callers' fields mean the same, so that one's answer needs no change for the other. */
export function isSameCaller(one: OwnFields | undefined, other: OwnFields | undefined): boolean {
  if (one === other) return true;
  return NAMES.every((name) => meaningOf(one?.[name] ?? '') === meaningOf(other?.[name] ?? ''));
}

function isAbsent(text: string): boolean {
  return text === '' || text === 'null';
}

/** Equal for values that are equal whatever their spelling; '' for a field that is not there or empty. */
function meaningOf(text: string): string {
  if (isAbsent(text) || text === '{}') return '';
  const value = parse(text);
  if (!isJsonObject(value)) return value === null ? '' : JSON.stringify(value);
  const names = Object.keys(value).toSorted();
  return names.length === 0 ? '' : JSON.stringify(names.map((name) => [name, value[name]]));
}

function parse(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}
