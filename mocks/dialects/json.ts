/** JSON text of a string. */
export function quote(text: string): string {
  return JSON.stringify(text);
}

/** `1.0` for 1, `0.7` for 0.7: the provider prints these fields as floats, and JavaScript has no such number. */
export function float(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e15 ? `${value}.0` : String(value);
}

/** JSON text of any value, `null` for what JSON has no text for. */
export function json(value: unknown): string {
  // What most requests leave out is null, and most texts are made for requests.
  return value === null ? 'null' : (JSON.stringify(value) ?? 'null');
}

function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === 92) backslashes += 1;
    if (backslashes % 2 === 0) return end;
    end = text.indexOf('"', end + 1);
  }
  return text.length - 1;
}

const indents = Array.from({ length: 64 }, (_, depth) => `\n${'  '.repeat(depth)}`);
const indent = (depth: number): string => indents[depth] ?? `\n${'  '.repeat(depth)}`;

/**
 * Compact JSON text in the provider's layout: two spaces, empty containers on one line.
 * Works on the text and not on a value, so that `1.0` stays `1.0`.
 */
export function pretty(compact: string): string {
  let out = '';
  let depth = 0;
  let copied = 0;
  for (let at = 0; at < compact.length; at += 1) {
    const code = compact.charCodeAt(at);
    if (code === 34) {
      at = endOfString(compact, at);
    } else if (code === 44) {
      out += compact.slice(copied, at + 1) + indent(depth);
      copied = at + 1;
    } else if (code === 58) {
      out += `${compact.slice(copied, at)}: `;
      copied = at + 1;
    } else if (code === 123 || code === 91) {
      const next = compact.charCodeAt(at + 1);
      if (next === code + 2) {
        at += 1;
      } else {
        depth += 1;
        out += compact.slice(copied, at + 1) + indent(depth);
        copied = at + 1;
      }
    } else if (code === 125 || code === 93) {
      depth -= 1;
      out += compact.slice(copied, at) + indent(depth);
      copied = at;
    }
  }
  return out + compact.slice(copied);
}
