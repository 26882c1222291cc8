import type { Random } from '../reply.ts';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** Unix seconds from which the ids of the realtime interface count. */
const EPOCH = 1_576_800_000;
const TIME_DIGITS = 5;
const RANDOM_DIGITS = 16;

function base62(value: number): string {
  let text = '';
  for (let rest = value; text.length < TIME_DIGITS; rest = Math.floor(rest / BASE62.length)) {
    text = BASE62.charAt(rest % BASE62.length) + text;
  }
  return text;
}

/** `sess_`, `item_`, `resp_`, `event_` … : five digits of the second, and sixteen of chance. */
export function realtimeId(prefix: string, random: Random, nowMs: number): string {
  return `${prefix}_${timedName(random, nowMs)}`;
}

/** What follows the prefix of an id. */
export function timedName(random: Random, nowMs: number): string {
  return base62(Math.max(0, Math.floor(nowMs / 1000) - EPOCH)) + random.alnum(RANDOM_DIGITS);
}

export function callId(random: Random): string {
  return `call_${random.alnum(RANDOM_DIGITS)}`;
}
