import { isJsonObject } from '../core/json.ts';
import type { Json, JsonObject } from '../core/json.ts';
import { stringEnd } from './json-scan.ts';

/**
 * JSON that keeps the spelling of its numbers: `1.0` stays `1.0` and 20 digits stay 20 digits, where a double would give
 * `1` and 17. For answers that are taken apart and written again.
 */

/**
 * Finds a number that JSON.stringify might write differently: trailing zeros, exponents, many digits, very small ones,
 * minus zero. Text that only looks like one costs time, nothing else.
 */
const UNUSUAL_NUMBER = /(?:^|[[:,\s])(?:-?(?:\d+\.\d*0(?!\d)|[\d.]+[eE]|[\d.]{16}|0\.0{6})|-0(?![\d.]))/;

interface ExactJson {
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): Json;
  /** An opaque value that JSON.stringify writes as `text` (ES2026, Node 21). */
  rawJSON(text: string): Json;
  isRawJSON(value: unknown): value is { rawJSON: string };
}

const exact = JSON as unknown as ExactJson;

/** JSON.parse, except that a number which a double cannot spell is an opaque value for JSON.stringify. Throws SyntaxError. */
export function parseExact(text: string): Json {
  if (!UNUSUAL_NUMBER.test(text)) return JSON.parse(text) as Json;
  return exact.parse(text, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined && source !== String(value) ? exact.rawJSON(source) : value,
  );
}

/** Characters of a number from which on a double may not hold all of its digits. */
const LONG_NUMBER = 16;

/**
 * Whether JSON.parse gives a number that is not the one in the text: a double cannot hold its digits
 * (4503599627370497.5 and .6 both become …98) or it is beyond a double's range (1e400). Another spelling of the same
 * number (1.0, 1e2) is none. Takes bytes that JSON.parse accepts.
 */
export function losesDigits(bytes: Buffer): boolean {
  return holdsSuspectNumber(bytes) && textLosesDigits(bytes.toString('utf8'));
}

/** `losesDigits` of a text in which a suspect number may stand. */
export function textLosesDigits(text: string): boolean {
  let lost = false;
  exact.parse(text, (_key, value, { source }) => {
    if (typeof value === 'number' && source !== undefined && decimalOf(source) !== decimalOf(String(value)))
      lost = true;
    return value;
  });
  return lost;
}

const DIGIT = 1;
const QUOTE = 2;
const EXPONENT = 3;

/** What a byte outside strings may mean for a number, by byte value. */
const MEANING = Uint8Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  if ('0123456789.'.includes(character)) return DIGIT;
  if (character === '"') return QUOTE;
  return 'eE'.includes(character) ? EXPONENT : 0;
});

/** Whether a long number or one with an exponent stands anywhere outside strings. */
export function holdsSuspectNumber(bytes: Buffer): boolean {
  const { length } = bytes;
  let digits = 0;
  let at = 0;
  while (at < length) {
    const meaning = MEANING[bytes[at] as number];
    if (meaning === DIGIT) {
      digits += 1;
      if (digits === LONG_NUMBER) return true;
    } else {
      // In `true` and `false` no digit stands before the `e`.
      if (meaning === EXPONENT && digits > 0) return true;
      digits = 0;
    }
    at = meaning === QUOTE ? stringEnd(bytes, at) : at + 1;
  }
  return false;
}

/** A number's value as text, the same for every spelling of it: sign, digits without outer zeros, power of ten. */
function decimalOf(text: string): string {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text);
  if (match === null) return text;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  return `${sign}${significant}e${Number(exponent) - fraction.length + (digits.length - significant.length)}`;
}

/** Whether it is an object with members, which an opaque number is not. */
export function isExactObject(value: unknown): value is JsonObject {
  return isJsonObject(value) && !exact.isRawJSON(value);
}

/** The number's value whatever its spelling; undefined for anything else. */
export function numberOf(value: Json | undefined): number | undefined {
  if (exact.isRawJSON(value)) return Number(value.rawJSON);
  return typeof value === 'number' ? value : undefined;
}

/** The same JSON without the space between its tokens; the same buffer when it has no line breaks. */
export function compactJson(bytes: Buffer): Buffer {
  if (!bytes.includes(10) && !bytes.includes(13)) return bytes;
  const out = Buffer.allocUnsafe(bytes.length);
  let length = 0;
  let at = 0;
  while (at < bytes.length) {
    const byte = bytes[at] as number;
    if (byte === 34) {
      const end = stringEnd(bytes, at);
      length += bytes.copy(out, length, at, end);
      at = end;
      continue;
    }
    if (byte !== 32 && byte !== 10 && byte !== 13 && byte !== 9) {
      out[length] = byte;
      length += 1;
    }
    at += 1;
  }
  return out.subarray(0, length);
}
