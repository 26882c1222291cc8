import type { Span } from '../question/spans.ts';
import type { Property } from './property.ts';
import type { Source } from './source.ts';

const REQUEST_CHARACTERS = 300;
const LEAD =
  /^\s*(?:(?:hi|hello|hey)[,!]?\s)?(?:please\s|kindly\s)?(?:(?:can|could|would|will) you (?:please )?)?(?:(?:i (?:want|need|would like) (?:you )?to |help me (?:to )?)?)(?:(?:use \S{1,40} (?:tool )?to )|(?:search|look) (?:(?:the (?:web|internet)|online|google|our docs|the docs|the documentation|the knowledge base) )?(?:for |up )|google |look up |find (?:me )?(?:information (?:about|on) )?|tell me about |research )?/i;

/** What is asked for, without the words that only ask. */
export function bareRequest(text: string): string {
  const line = text.slice(0, 2000).trim();
  const rest = line.slice(LEAD.exec(line)?.[0].length ?? 0).trim();
  const bare = (rest === '' ? line : rest).replace(/[\s?.!]{1,10}$/, '');
  return (
    bare.length <= REQUEST_CHARACTERS ? bare : bare.slice(0, REQUEST_CHARACTERS).replace(/\s\S*$/, '')
  ).toWellFormed();
}

/** Properties that want the words themselves and not a question. */
const LITERAL = new Set(['text', 'message', 'content', 'body', 'sentence', 'phrase', 'input', 'prompt']);
const SUBJECT = new Set(['topic', 'subject', 'keyword', 'keywords', 'theme', 'term']);

function firstOf(spans: readonly Span[], property: Property, source: Source): Span | undefined {
  return source
    .free(spans)
    .toSorted((a, b) => source.nearness(property, b) - source.nearness(property, a) || a.at - b.at)
    .at(0);
}

/** `about X`, `saying X`, `translate this: X`. */
export function describedTopic(
  property: Property,
  source: Source,
): { readonly text: string; readonly span?: Span } | undefined {
  const { text, quoted } = source.facts;
  const last = property.words.at(-1) ?? '';
  const span = firstOf(quoted, property, source);
  if (span !== undefined && (LITERAL.has(last) || source.nearness(property, span) > 0.2))
    return { text: span.text, span };
  if (SUBJECT.has(last)) {
    const topic = /\b(?:about|regarding|concerning|on the topic of|on)\s([^\n.,;!?]{2,120})/i.exec(text)?.[1];
    return topic === undefined ? undefined : { text: topic.trim() };
  }
  if (!LITERAL.has(last)) return undefined;
  const said =
    /\b(?:saying|says|that says|with the (?:text|message|body|content)|telling (?:him|her|them)(?: that)?|to say)\s(?:that\s)?([^\n]{2,300}?)[.!]?[ \t]{0,8}$/im.exec(
      text,
    )?.[1];
  if (said !== undefined) return { text: said };
  const colon = text.indexOf(':');
  const after = colon === -1 || colon > 200 ? '' : text.slice(colon + 1).trim();
  return after === '' || after.startsWith('//') ? undefined : { text: after.slice(0, 2000).toWellFormed() };
}

/** The question itself. */
export function asked(_property: Property, source: Source): { readonly text: string } | undefined {
  const text = bareRequest(source.facts.text);
  return text === '' ? undefined : { text };
}
