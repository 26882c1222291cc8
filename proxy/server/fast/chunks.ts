const CR = 13;
const LF = 10;
/** Digits of a chunk's size: more than that is more than is read here. */
const SIZE_DIGITS = 6;

/** A chunked body that is there to its end. */
export interface WholeBody {
  readonly chunks: readonly Buffer[];
  /** Where it ends. */
  readonly end: number;
}

/**
 * Reads a chunked body (RFC 9112 section 7.1) that begins at `at`. `more`: it is not whole yet. `odd`: it has extensions, trailers
 * or needless zeros, or is no chunked body at all, and `node:http` has to judge it.
 */
export function readChunks(bytes: Buffer, at: number): WholeBody | 'more' | 'odd' {
  const chunks: Buffer[] = [];
  for (;;) {
    const line = readSize(bytes, at);
    if (typeof line === 'string') return line;
    const { size, next } = line;
    const end = next + size;
    const closed = isLineEnd(bytes, end);
    if (closed !== true) return closed;
    at = end + 2;
    if (size === 0) return chunks.length === 0 ? 'odd' : { chunks, end: at };
    chunks.push(bytes.subarray(next, end));
  }
}

function readSize(bytes: Buffer, at: number): { readonly size: number; readonly next: number } | 'more' | 'odd' {
  let size = 0;
  let digits = 0;
  for (; digits <= SIZE_DIGITS; digits += 1) {
    const byte = bytes[at + digits];
    if (byte === undefined) return 'more';
    const digit = hexadecimal(byte);
    if (digit === -1) break;
    size = size * 16 + digit;
  }
  if (digits === 0 || digits > SIZE_DIGITS || (bytes[at] === 48 && digits > 1)) return 'odd';
  const closed = isLineEnd(bytes, at + digits);
  return closed === true ? { size, next: at + digits + 2 } : closed;
}

function isLineEnd(bytes: Buffer, at: number): true | 'more' | 'odd' {
  if (at >= bytes.length) return 'more';
  if (bytes[at] !== CR) return 'odd';
  if (at + 1 >= bytes.length) return 'more';
  return bytes[at + 1] === LF ? true : 'odd';
}

function hexadecimal(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}
