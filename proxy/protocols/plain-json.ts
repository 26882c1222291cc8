/**
 * Recognising the events that streams consist of almost wholly, without parsing them: one pass of a regular expression
 * costs a quarter of JSON.parse. Each pattern accepts valid JSON only, so what matches needs no further check; what does
 * not match is parsed. Patterns run over latin1 text, where a byte of 0x80 and above is just a character of a string.
 */
export const STRING = String.raw`"[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[\da-fA-F]{4})[^"\\\x00-\x1f]*)*"`;
export const SCALAR = String.raw`(?:${STRING}|-?(?:0|[1-9]\d*)|null|true|false|\[\])`;

/** Longer events are parsed: the expression's memory grows with the escapes of a string. */
export const MAX_PLAIN_BYTES = 4096;
