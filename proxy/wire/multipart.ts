import { ProxyError } from '../core/errors.ts';
import { namesInDisposition } from './content-disposition.ts';

/** A field of a form: where its value lies in the body, and the value where the field is one that is looked for. */
export interface FormField {
  readonly name: string;
  readonly start: number;
  /** Offset behind the value's last byte. */
  readonly end: number;
  readonly value: Buffer;
}

/** Bytes of one part's headers, and of a value that is looked for, at the most. */
const MAX_HEADERS = 16 * 1024;
const MAX_VALUE = 1024 * 1024;

const LF = 10;
const CR = 13;
const PLAIN_ENCODINGS = new Set(['', '7bit', '8bit', 'binary']);

/**
 * Finds fields of a multipart/form-data body (RFC 7578) while its bytes pass by in pieces. Readers of forms differ in what
 * they take for a delimiter; here every line that begins with one is taken, with CRLF or LF, so that no field that any
 * reader sees is overlooked. Throws ProxyError `invalid_value` where readers would differ in the name of a field.
 */
export class MultipartFinder {
  readonly found: FormField[] = [];
  readonly #names: ReadonlySet<string>;
  /** A delimiter is only one at the start of a line. */
  readonly #needle: Buffer;
  /** What has not been worked through; at first the line end that the first line needs before it. */
  #rest: Buffer = Buffer.from('\n');
  /** Offset of `#rest` in the body. */
  #base = -1;
  #at = 0;
  #state: 'content' | 'delimiter' | 'headers' = 'content';
  #lines: string[] = [];
  #headerBytes = 0;
  #field: { readonly names: readonly string[]; readonly start: number } | undefined;
  #held: Buffer[] = [];
  /** Offset in the body behind the last byte of the value that is held. */
  #heldTo = 0;

  constructor(boundary: string, names: ReadonlySet<string>) {
    this.#names = names;
    this.#needle = Buffer.from(`\n--${boundary}`, 'latin1');
  }

  push(piece: Buffer): void {
    this.#rest = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece]);
    let goesOn = true;
    while (goesOn) {
      if (this.#state === 'content') goesOn = this.#passContent();
      else if (this.#state === 'delimiter') goesOn = this.#passDelimiter();
      else goesOn = this.#readHeader();
    }
    this.#base += this.#at;
    this.#rest = this.#rest.subarray(this.#at);
    this.#at = 0;
  }

  /** To be called after the last piece: a value that no delimiter follows ends with the body. */
  end(): void {
    if (this.#state === 'content') this.#endField(this.#rest.length);
  }

  #passContent(): boolean {
    const found = this.#rest.indexOf(this.#needle, this.#at);
    if (found === -1) {
      // The delimiter may begin in the last bytes, behind a CR that then belongs to it.
      this.#at = Math.max(this.#at, this.#rest.length - this.#needle.length);
      this.#hold(this.#at);
      return false;
    }
    this.#endField(found > 0 && this.#rest[found - 1] === CR ? found - 1 : found);
    this.#at = found + this.#needle.length;
    this.#state = 'delimiter';
    return true;
  }

  #passDelimiter(): boolean {
    const lineEnd = this.#rest.indexOf(LF, this.#at);
    this.#at = lineEnd === -1 ? this.#rest.length : lineEnd + 1;
    if (lineEnd === -1) return false;
    this.#beginHeaders();
    return true;
  }

  #beginHeaders(): void {
    this.#state = 'headers';
    this.#lines = [];
    this.#headerBytes = 0;
  }

  #readHeader(): boolean {
    const lineEnd = this.#rest.indexOf(LF, this.#at);
    const bytes = (lineEnd === -1 ? this.#rest.length : lineEnd) - this.#at;
    if (this.#headerBytes + bytes > MAX_HEADERS) throw unreadable('the headers of a part are too long');
    if (lineEnd === -1) return false;
    this.#headerBytes += bytes;
    const line = this.#rest.toString('utf8', this.#at, lineEnd).replace(/\r$/, '');
    const isDelimiter = this.#startsWithDelimiter();
    this.#at = lineEnd + 1;
    if (isDelimiter) this.#beginHeaders();
    else if (line === '') this.#beginContent();
    else if (/^[ \t]/.test(line) && this.#lines.length > 0) this.#lines[this.#lines.length - 1] += ` ${line.trim()}`;
    else this.#lines.push(line);
    return true;
  }

  #startsWithDelimiter(): boolean {
    const delimiter = this.#needle.subarray(1);
    return this.#rest.subarray(this.#at, this.#at + delimiter.length).equals(delimiter);
  }

  #beginContent(): void {
    const names = namesOf(this.#lines).filter((name) => this.#names.has(name));
    const start = this.#base + this.#at;
    this.#field = names.length === 0 ? undefined : { names, start };
    if (this.#field && !isPlain(this.#lines)) throw unreadable(`the field '${names[0] ?? ''}' is encoded`);
    this.#held = [];
    this.#heldTo = start;
    // The line end before the content may be the one that the next delimiter needs.
    this.#at -= 1;
    this.#state = 'content';
  }

  /** Keeps what of a looked-for value lies before `end` in `#rest`. */
  #hold(end: number): void {
    if (!this.#field) return;
    const from = this.#heldTo - this.#base;
    if (end <= from) return;
    this.#held.push(Buffer.from(this.#rest.subarray(from, end)));
    this.#heldTo = this.#base + end;
    if (this.#heldTo - this.#field.start > MAX_VALUE) {
      throw unreadable(`the field '${this.#field.names[0] ?? ''}' is too long`);
    }
  }

  #endField(end: number): void {
    if (!this.#field) return;
    const { names, start } = this.#field;
    this.#hold(end);
    const value = Buffer.concat(this.#held);
    for (const name of names) this.found.push({ name, start, end: start + value.length, value });
    this.#field = undefined;
  }
}

/** The boundary that a content type names. Throws ProxyError `invalid_value` when it names none, or two. */
export function boundaryOf(contentType: string): string {
  const named = [...contentType.matchAll(/;\s*boundary\s*=\s*(?:"([^"\\]*)"|([^";\s]+))/gi)];
  const boundary = named[0]?.[1] ?? named[0]?.[2] ?? '';
  const mentions = contentType.match(/boundary/gi)?.length ?? 0;
  if (boundary === '' || boundary.length > 256 || mentions !== 1) {
    throw new ProxyError('invalid_value', 'The content type of the form does not name one boundary.', {
      param: 'content-type',
    });
  }
  return boundary;
}

function headerValues(lines: readonly string[], name: string): string[] {
  return lines.flatMap((line) => {
    const colon = line.indexOf(':');
    return colon !== -1 && line.slice(0, colon).trim().toLowerCase() === name ? [line.slice(colon + 1).trim()] : [];
  });
}

function namesOf(lines: readonly string[]): readonly string[] {
  const values = headerValues(lines, 'content-disposition');
  if (values.length > 1) throw unreadable('a part has more than one Content-Disposition');
  const names = namesInDisposition(values[0] ?? '');
  if (!names) throw unreadable('the name of a part is written in an extended form');
  return names;
}

function isPlain(lines: readonly string[]): boolean {
  return headerValues(lines, 'content-transfer-encoding').every((value) => PLAIN_ENCODINGS.has(value.toLowerCase()));
}

function unreadable(reason: string): ProxyError {
  return new ProxyError('invalid_value', `The form cannot be read: ${reason}.`);
}
