/**
 * Finds a few string members of a JSON object while its bytes pass by in pieces, with the memory of one member. The
 * structure of the objects that are looked into is checked; nested values are only skipped.
 */
export interface FoundMember {
  readonly name: string;
  /** Offset of the value's first byte, its quote included. */
  readonly start: number;
  /** Offset behind the value's last byte. */
  readonly end: number;
  /** The string; undefined when the value is anything else, or longer than `MAX_STRING` bytes. */
  readonly value: string | undefined;
  readonly isNull: boolean;
}

/** More bytes of a name or value than this are not kept: no name that is looked for, and no model's name, is as long. */
const MAX_STRING = 4_096;

const NULL = 'null';
const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const OPEN_BRACE = 123;
const BACKSLASH = 92;
const CLOSE_BRACE = 125;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;

type State = 'start' | 'first' | 'name' | 'colon' | 'value' | 'string' | 'scalar' | 'nested' | 'after' | 'over';

/** Looks for members of the outermost object by name, and, where `inner` is given, for those of the object of that name. */
export class JsonFinder {
  readonly found: FoundMember[] = [];
  readonly #names: ReadonlySet<string>;
  readonly #inner: string | undefined;
  #state: State = 'start';
  #fault = false;
  /** Objects that are open and looked into: 1 in the outermost, 2 in the inner one. */
  #level = 0;
  /** Braces and brackets that are open in a value that is skipped. */
  #nesting = 0;
  #inString = false;
  #escaped = false;
  #key = '';
  #isName = false;
  #held: Buffer[] | undefined;
  #heldBytes = 0;
  #tooLong = false;
  #valueStart = 0;
  #scalar = '';
  #passed = 0;
  /** Next backslash in the piece that is read; searched anew once it is passed. */
  #slash = -1;

  constructor(names: ReadonlySet<string>, inner?: string) {
    this.#names = names;
    this.#inner = inner;
  }

  /** Whether the bytes so far can be the beginning of a JSON object. */
  get plausible(): boolean {
    return !this.#fault;
  }

  /** Whether all bytes together were one JSON object; to be asked after the last piece. */
  get whole(): boolean {
    return !this.#fault && this.#state === 'over';
  }

  push(piece: Buffer): void {
    this.#slash = -1;
    let at = 0;
    while (at < piece.length && !this.#fault) {
      if (this.#inString) at = this.#readString(piece, at);
      else if (this.#state === 'nested') at = this.#skipNested(piece, at);
      else if (this.#state === 'scalar') at = this.#readScalar(piece, at);
      else {
        this.#step(piece[at] as number, this.#passed + at);
        at += 1;
      }
    }
    this.#passed += piece.length;
  }

  #step(byte: number, offset: number): void {
    if (isSpace(byte)) return;
    switch (this.#state) {
      case 'start':
        if (byte === OPEN_BRACE) this.#open();
        else this.#fault = true;
        return;
      case 'first':
      case 'name':
        if (byte === QUOTE) this.#openString(offset, true);
        else if (byte === CLOSE_BRACE && this.#state === 'first') this.#close();
        else this.#fault = true;
        return;
      case 'colon':
        if (byte === COLON) this.#state = 'value';
        else this.#fault = true;
        return;
      case 'value':
        this.#openValue(byte, offset);
        return;
      case 'after':
        if (byte === COMMA) this.#state = 'name';
        else if (byte === CLOSE_BRACE) this.#close();
        else this.#fault = true;
        return;
      default:
        // Something follows the object.
        this.#fault = true;
    }
  }

  #open(): void {
    this.#level += 1;
    this.#state = 'first';
  }

  #close(): void {
    this.#level -= 1;
    this.#state = this.#level === 0 ? 'over' : 'after';
  }

  #openValue(byte: number, offset: number): void {
    this.#valueStart = offset;
    if (byte === QUOTE) this.#openString(offset, false);
    else if (byte === OPEN_BRACE && this.#level === 1 && this.#key === this.#inner) this.#open();
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      this.#nesting = 1;
      this.#state = 'nested';
    } else if (byte === COMMA || byte === COLON || byte === CLOSE_BRACE || byte === CLOSE_BRACKET) this.#fault = true;
    else {
      this.#scalar = String.fromCharCode(byte);
      this.#state = 'scalar';
    }
  }

  #openString(offset: number, isName: boolean): void {
    this.#inString = true;
    this.#escaped = false;
    this.#isName = isName;
    this.#valueStart = offset;
    this.#held = isName || this.#names.has(this.#key) ? [] : undefined;
    this.#heldBytes = 0;
    this.#tooLong = false;
  }

  #readString(piece: Buffer, from: number): number {
    const end = this.#stringEnd(piece, from);
    if (this.#held && this.#state !== 'nested') this.#hold(piece.subarray(from, end === -1 ? piece.length : end - 1));
    if (end === -1) return piece.length;
    this.#inString = false;
    if (this.#state !== 'nested') this.#endString(this.#passed + end);
    return end;
  }

  /** Offset behind the closing quote, or -1 when the string goes on in the next piece. */
  #stringEnd(piece: Buffer, from: number): number {
    let at = from;
    if (this.#escaped) {
      this.#escaped = false;
      at += 1;
    }
    for (;;) {
      const quote = piece.indexOf(QUOTE, at);
      const slash = this.#nextSlash(piece, at);
      if (quote !== -1 && quote < slash) return quote + 1;
      if (slash === Infinity) return -1;
      at = slash + 2;
      if (at > piece.length) {
        this.#escaped = true;
        return -1;
      }
    }
  }

  /** Kept from string to string: a piece without a backslash is searched for one only once. */
  #nextSlash(piece: Buffer, from: number): number {
    if (this.#slash < from) {
      const found = piece.indexOf(BACKSLASH, from);
      this.#slash = found === -1 ? Infinity : found;
    }
    return this.#slash;
  }

  #hold(bytes: Buffer): void {
    this.#heldBytes += bytes.length;
    if (this.#heldBytes > MAX_STRING) this.#tooLong = true;
    else this.#held?.push(Buffer.from(bytes));
  }

  #endString(end: number): void {
    const text = this.#held && !this.#tooLong ? unquoted(this.#held) : undefined;
    if (this.#isName) {
      this.#fault = text === undefined && !this.#tooLong;
      this.#key = text ?? '';
      this.#state = 'colon';
      return;
    }
    if (this.#held) this.#add(end, text, false);
    this.#state = 'after';
  }

  #readScalar(piece: Buffer, from: number): number {
    let at = from;
    while (at < piece.length && !endsScalar(piece[at] as number)) at += 1;
    if (this.#scalar.length <= NULL.length)
      this.#scalar += piece.toString('latin1', from, Math.min(at, from + NULL.length));
    if (at === piece.length) return at;
    this.#endValue(this.#passed + at, this.#scalar === NULL);
    return at;
  }

  #skipNested(piece: Buffer, from: number): number {
    for (let at = from; at < piece.length; at += 1) {
      const byte = piece[at] as number;
      if (byte === QUOTE) {
        this.#inString = true;
        this.#escaped = false;
        return at + 1;
      }
      if (byte === OPEN_BRACE || byte === OPEN_BRACKET) this.#nesting += 1;
      else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        this.#nesting -= 1;
        if (this.#nesting === 0) {
          this.#endValue(this.#passed + at + 1, false);
          return at + 1;
        }
      }
    }
    return piece.length;
  }

  /** A value that is no string has ended. */
  #endValue(end: number, isNull: boolean): void {
    if (this.#names.has(this.#key)) this.#add(end, undefined, isNull);
    this.#state = 'after';
  }

  #add(end: number, value: string | undefined, isNull: boolean): void {
    this.found.push({ name: this.#key, start: this.#valueStart, end, value, isNull });
  }
}

function isSpace(byte: number): boolean {
  return byte === 32 || byte === 10 || byte === 13 || byte === 9;
}

function endsScalar(byte: number): boolean {
  return isSpace(byte) || byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET;
}

function unquoted(held: readonly Buffer[]): string | undefined {
  try {
    return String(JSON.parse(`"${Buffer.concat(held).toString('utf8')}"`));
  } catch {
    return undefined;
  }
}
