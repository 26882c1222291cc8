/** A parsed piece of a regular expression: makes a text, given how often repetitions should repeat beyond their least. */
type Maker = (extra: number) => string;

const CANDIDATES =
  'aA0_- .@/:;,!#$%&*+=?~xyzbcdefghijklmnopqrstuvwBCDEFGHIJKLMNOPQRSTUVWXYZ123456789()[]{}<>|"\'^`\\\n\té日';
const NAMED = 'dDwWsSbBtnrfv0';
/** Repetitions that are tried to reach a wanted length. */
const REPETITIONS = 64;

/** Text for one character class or escape: the first candidate that it accepts. */
function oneOf(source: string): Maker {
  const accepts = new RegExp(`^(?:${source})$`, 'u');
  const found = Array.from(CANDIDATES).find((character) => accepts.test(character));
  if (found === undefined) throw new SyntaxError(`no character for ${source}`);
  return () => found;
}

class PatternReader {
  private at = 0;
  private readonly source: string;

  constructor(source: string) {
    this.source = source;
  }

  alternatives(): Maker {
    const first = this.sequence();
    while (this.source[this.at] === '|') {
      this.at += 1;
      this.sequence();
    }
    return first;
  }

  private sequence(): Maker {
    const parts: Maker[] = [];
    while (this.at < this.source.length && !'|)'.includes(this.source.charAt(this.at))) parts.push(this.repeated());
    return (extra) => parts.map((part) => part(extra)).join('');
  }

  private repeated(): Maker {
    const part = this.atom();
    const rest = this.source.slice(this.at);
    const quantifier = /^(?:[*+?]|\{(\d+)(,?)(\d*)\})\??/.exec(rest);
    if (!quantifier) return part;
    this.at += quantifier[0].length;
    const [least, most] = bounds(quantifier);
    return (extra) => Array.from({ length: Math.min(most, least + extra) }, () => part(extra)).join('');
  }

  private atom(): Maker {
    const character = this.source.charAt(this.at);
    if (character === '(') return this.group();
    if (character === '[') return this.characterClass();
    if (character === '\\') return this.escape();
    this.at += 1;
    if (character === '^' || character === '$') return () => '';
    return character === '.' ? () => 'a' : () => character;
  }

  private group(): Maker {
    const open = /^\((?:\?(?:(?::)|<[A-Za-z_]\w*>|(?:[=!]|<[=!])))?/.exec(this.source.slice(this.at));
    const text = open?.[0] ?? '(';
    this.at += text.length;
    const inside = this.alternatives();
    this.at += 1;
    // An assertion consumes nothing; whether it holds is seen when the whole text is tested.
    return /[=!]$/.test(text) ? () => '' : inside;
  }

  private characterClass(): Maker {
    const start = this.at;
    this.at += 1;
    while (this.source[this.at] !== ']' && this.at < this.source.length)
      this.at += this.source[this.at] === '\\' ? 2 : 1;
    this.at += 1;
    return oneOf(this.source.slice(start, this.at));
  }

  private escape(): Maker {
    const next = this.source.charAt(this.at + 1);
    const long = /^\\(?:p\{[^}]*\}|P\{[^}]*\}|u[0-9a-fA-F]{4}|u\{[0-9a-fA-F]+\}|x[0-9a-fA-F]{2})/.exec(
      this.source.slice(this.at),
    );
    const text = long?.[0] ?? `\\${next}`;
    this.at += text.length;
    if (text === '\\b' || text === '\\B') return () => '';
    return long || NAMED.includes(next) ? oneOf(text) : () => next;
  }
}

function bounds(quantifier: RegExpExecArray): readonly [least: number, most: number] {
  const [text, least, comma, most] = quantifier;
  if (text.startsWith('*')) return [0, Number.POSITIVE_INFINITY];
  if (text.startsWith('+')) return [1, Number.POSITIVE_INFINITY];
  if (text.startsWith('?')) return [0, 1];
  const low = Number(least);
  if (comma === '') return [low, low];
  return [low, most === '' ? Number.POSITIVE_INFINITY : Number(most)];
}

/**
 * A text that a pattern matches, at least `leastLength` long where the pattern's repetitions allow it.
 * Undefined for patterns it cannot serve (back references, most assertions) and for those that are no regular expression.
 */
export function textForPattern(pattern: string, leastLength = 0): string | undefined {
  try {
    const accepts = new RegExp(pattern, 'u');
    const make = new PatternReader(pattern).alternatives();
    for (let extra = 0; extra <= REPETITIONS; extra += 1) {
      const text = make(extra);
      if (text.length >= leastLength && accepts.test(text)) return text;
    }
    return undefined;
  } catch {
    return undefined;
  }
}
