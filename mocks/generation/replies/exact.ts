import { searched } from '../question/searched.ts';

const COMMANDS = /\b(?:say|reply|respond|answer|output|print|write|return|repeat|echo)\b/gi;
const QUOTED = /^(?:"([^"]{1,2000})"|“([^”]{1,2000})”|'([^'\n]{1,2000})'|`{1,3}([^`]{1,2000})`{1,3})/;
/** What stands between the command and the words. */
const LINK =
  /^(?:\s(?:back|to me|me|after me|with|by saying|only|exactly|just|literally|verbatim|precisely|nothing but|using|the|this|these|following|single|one|two|three|four|word|words|phrase|text|string|sentence|message|number|line|please)\b){0,10}\s{0,3}:?\s{0,3}/i;
const SAYING = /^(?:say|repeat|echo|print|output)$/i;
/** Behind one of these a colon stands before the very words. */
const SAID = /\b(?:words?|phrase|text|string|following)\b/i;
const STRICT = /\b(?:exactly|only|just|literally|verbatim|precisely|nothing but)\b/i;
const STRICT_AFTER =
  /(?:,? and (?:say |write |add |do )?nothing (?:else|more)|, nothing (?:else|more)|,? without (?:any|anything)[^.\n]{0,60}|,? with no [^.\n]{0,60}|\.? (?:do not|don['’]t) (?:add|say|write|include|explain)[^\n]{0,120}| only| exactly| verbatim)[.!]?\s{0,4}$/i;
/** What follows these is how to answer and not the answer. */
const MANNER =
  /^(?:in|with|if|when|as|using|from|based|about|questions?|valid|json|yaml|xml|markdown|your|my|a|an|the|one|two|three|yes or no|true or false|\d+ (?:words?|sentences?|bullet|lines?|paragraphs?|items?)|letters?|numbers?|to|what|how|why|whether|like|once|code|html|english)\b/i;
const WORDS_MOST = 40;

function firstGroup(found: RegExpExecArray | null): string | undefined {
  return found?.slice(1).find((group) => group !== undefined);
}

function unquoted(rest: string, colon: boolean, strict: boolean): string | undefined {
  const line = /^[^\n]*/.exec(rest)?.[0] ?? '';
  const bare = line.replace(STRICT_AFTER, '').trim();
  const told = strict || bare !== line.trim();
  if (bare === '' || bare.split(/\s+/).length > WORDS_MOST || (!told && !colon)) return undefined;
  if (!colon && MANNER.test(bare)) return undefined;
  const quoted = firstGroup(QUOTED.exec(bare));
  if (quoted !== undefined) return quoted;
  // The full stop is the command's own, unless it stands behind one of several sentences.
  const sentence = /[.!?]\s/.test(bare) || (colon && /^\p{Lu}\S*(?:\s+\S+){2}/u.test(bare));
  return sentence ? bare : bare.replace(/\.$/, '');
}

/** `If you do not know, say "…"` tells what to answer in another case. */
function isConditional(text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - 300), at);
  const sentence = before.slice(Math.max(...['. ', '! ', '? ', '\n'].map((end) => before.lastIndexOf(end))) + 1);
  return /\b(?:if|when|whenever|unless|otherwise|in case|for example|e\.g)\b/i.test(sentence);
}

function after(text: string, at: number, end: number): string | undefined {
  const tail = text.slice(end, end + 2400);
  const link = LINK.exec(tail)?.[0] ?? '';
  const rest = tail.slice(link.length);
  const quoted = firstGroup(QUOTED.exec(rest));
  const repeats = /^(?:repeat|echo)$/i.test(text.slice(at, end)) && /after me|following|this|:/i.test(link);
  const strict = STRICT.test(link) || repeats;
  const colon = link.trimEnd().endsWith(':');
  // Said in passing (`he would say "no"`) it is no command: that begins a sentence, or follows a request.
  const before = text.slice(Math.max(0, at - 40), at);
  if (!/(?:^|[.!?:;,\n]\s{0,4}|\b(?:please|just|must|should|always|to|you|and|only|then|simply|now)\s)$/i.test(before))
    return undefined;
  if (/\b(?:do not|don['’]t|never|not)\s$/i.test(before) || isConditional(text, at)) return undefined;
  if (quoted !== undefined) return quoted;
  const verbatim = strict || SAYING.test(text.slice(at, end)) || SAID.test(link);
  return unquoted(rest, colon && verbatim, strict);
}

/** The words that a text wants to hear and nothing else: `say exactly X`, `reply with "X"`, `repeat after me: X`. */
export function exactReply(text: string): string | undefined {
  const part = searched(text);
  let tried = 0;
  for (const { 0: word, index } of part.matchAll(COMMANDS)) {
    const found = after(part, index, index + word.length);
    if (found !== undefined) return found;
    tried += 1;
    if (tried > 50) break;
  }
  return undefined;
}
