import { textForPattern } from './pattern-text.ts';

/** Shortest texts found so far, by rule or terminal. */
type Known = ReadonlyMap<string, string>;
/** Undefined while it needs a rule that has no text yet. */
type Maker = (known: Known) => string | undefined;

/** Terminals of Lark's `common` library. */
const COMMON: Readonly<Record<string, string>> = {
  DIGIT: '1',
  HEXDIGIT: 'a',
  INT: '1',
  SIGNED_INT: '1',
  DECIMAL: '1.0',
  FLOAT: '1.0',
  SIGNED_FLOAT: '1.0',
  NUMBER: '1',
  SIGNED_NUMBER: '1',
  LETTER: 'a',
  LCASE_LETTER: 'a',
  UCASE_LETTER: 'A',
  WORD: 'word',
  CNAME: 'name',
  WS: ' ',
  WS_INLINE: ' ',
  NEWLINE: '\n',
  CR: '\r',
  LF: '\n',
  ESCAPED_STRING: '"text"',
};

const TOKENS =
  /\/\/[^\n]*|"(?:\\.|[^"\\])*"i?|\/(?:\\.|[^/\\\n])+\/[imslux]*|->|\.\.|~\s*\d+(?:\s*\.\.\s*\d+)?|%\w+[^\n]*|[?!]?\w+(?:\.-?\d+)?(?=\s*:)|\w+|[:|()[\]?*+]/g;
const DEFINED = /^[?!]?(\w+?)(?:\.-?\d+)?$/;

function unquoted(token: string): string {
  const body = token.slice(1, token.lastIndexOf('"'));
  return body.replace(/\\(.)/gs, (_, letter: string) => ({ n: '\n', t: '\t', r: '\r' })[letter] ?? letter);
}

function shortest(texts: readonly (string | undefined)[]): string | undefined {
  return texts
    .filter((text) => text !== undefined)
    .reduce<string | undefined>(
      (best, text) => (best !== undefined && best.length <= text.length ? best : text),
      undefined,
    );
}

class LarkReader {
  readonly rules = new Map<string, Maker>();
  private readonly tokens: readonly string[];
  private at = 0;

  constructor(grammar: string) {
    this.tokens = (grammar.match(TOKENS) ?? []).filter((token) => !token.startsWith('//') && !token.startsWith('%'));
  }

  read(): void {
    while (this.at < this.tokens.length) {
      const name = DEFINED.exec(this.tokens[this.at] ?? '')?.[1];
      if (name === undefined || this.tokens[this.at + 1] !== ':') throw new SyntaxError('expected a rule');
      this.at += 2;
      this.rules.set(name, this.alternatives());
    }
  }

  private alternatives(): Maker {
    const makers = [this.sequence()];
    while (this.tokens[this.at] === '|') {
      this.at += 1;
      makers.push(this.sequence());
    }
    return (known) => shortest(makers.map((make) => make(known)));
  }

  private sequence(): Maker {
    const parts: Maker[] = [];
    while (!this.ends()) {
      if (this.tokens[this.at] === '->') this.at += 2;
      else parts.push(this.repeated());
    }
    return (known) => {
      const texts = parts.map((make) => make(known));
      return texts.includes(undefined) ? undefined : texts.join('');
    };
  }

  private ends(): boolean {
    const token = this.tokens[this.at];
    return token === undefined || /^[|)\]]$/.test(token) || this.tokens[this.at + 1] === ':';
  }

  private repeated(): Maker {
    const make = this.atom();
    const token = this.tokens[this.at] ?? '';
    if (!/^(?:[?*+]|~.*)$/s.test(token)) return make;
    this.at += 1;
    if (token === '+') return make;
    if (!token.startsWith('~')) return () => '';
    const times = Number(/\d+/.exec(token)?.[0] ?? 0);
    return (known) => make(known)?.repeat(times);
  }

  private atom(): Maker {
    const token = this.tokens[this.at] ?? '';
    this.at += 1;
    if (token === '(' || token === '[') {
      const inner = this.alternatives();
      this.at += 1;
      return token === '[' ? () => '' : inner;
    }
    if (token.startsWith('"')) return this.literal(token);
    if (token.startsWith('/')) {
      const text = textForPattern(`^(?:${token.slice(1, token.lastIndexOf('/'))})$`);
      return () => text;
    }
    return (known) => known.get(token) ?? (this.rules.has(token) ? undefined : COMMON[token]);
  }

  /** Of a range of characters the first. */
  private literal(token: string): Maker {
    if (this.tokens[this.at] === '..') this.at += 2;
    const text = unquoted(token);
    return () => text;
  }
}

/** A short text that the grammar's `start` rule accepts; undefined when the grammar cannot be read. White space that is ignored is left out. */
export function textForLark(grammar: string): string | undefined {
  const reader = new LarkReader(grammar);
  try {
    reader.read();
  } catch {
    return undefined;
  }
  const known = new Map<string, string>();
  for (let pass = 0; pass <= reader.rules.size; pass += 1) {
    const before = known.size;
    for (const [name, make] of reader.rules) {
      const text = known.has(name) ? undefined : make(known);
      if (text !== undefined) known.set(name, text);
    }
    if (known.size === before) break;
  }
  return known.get('start');
}
