import { randomFillSync } from 'node:crypto';

/** Source of everything an answer leaves to chance: ids, obfuscation padding. Injected, so that tests can fix it. */
export interface Random {
  /** A number in [0, 1). */
  next(): number;
  /** `length` characters of [A-Za-z0-9]. */
  alnum(length: number): string;
  /** `length` lowercase hexadecimal digits. */
  hex(length: number): string;
}

const ALNUM = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const HEX = '0123456789abcdef';

function fromBytes(nextByte: () => number): Random {
  return {
    next: () => (nextByte() * 2 ** 24 + nextByte() * 2 ** 16 + nextByte() * 2 ** 8 + nextByte()) / 2 ** 32,
    alnum(length) {
      const letters = Buffer.allocUnsafe(length);
      for (let at = 0; at < length;) {
        const byte = nextByte();
        // 248 is the largest multiple of 62 in a byte: no letter is more likely than another.
        if (byte < 248) letters[at++] = ALNUM.charCodeAt(byte % 62);
      }
      return letters.toString('latin1');
    },
    hex(length) {
      let text = '';
      while (text.length < length) text += HEX.charAt(nextByte() & 15);
      return text;
    },
  };
}

/** Texts are put together from cuts of the stock of this length at most: slices so short are copies, longer ones would keep it in memory. */
const SHORT = 12;
/** Longer texts are drawn letter by letter. */
const LONG = 48;

/** Unguessable. Bytes are drawn from the system in blocks, because one call a byte is slow, and short texts from a stock of letters. */
export function secureRandom(blockBytes = 4096): Random {
  const block = Buffer.alloc(blockBytes);
  let used = blockBytes;
  const slow = fromBytes(() => {
    if (used >= blockBytes) {
      randomFillSync(block);
      used = 0;
    }
    return block[used++] ?? 0;
  });
  let letters = '';
  let taken = 0;
  const cut = (length: number): string => {
    if (taken + length > letters.length) {
      letters = slow.alnum(blockBytes);
      taken = 0;
    }
    taken += length;
    return letters.slice(taken - length, taken);
  };
  return {
    next: () => slow.next(),
    alnum(length) {
      if (length > LONG) return slow.alnum(length);
      let text = '';
      for (let left = length; left > 0; left -= SHORT) text += cut(Math.min(left, SHORT));
      return text;
    },
    hex(length) {
      const bytes = Math.ceil(length / 2);
      if (used + bytes > blockBytes) return slow.hex(length);
      used += bytes;
      return block.toString('hex', used - bytes, used).slice(0, length);
    },
  };
}

/** Reproducible: the same seed gives the same sequence (mulberry32). */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return fromBytes(() => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 24) & 255;
  });
}
