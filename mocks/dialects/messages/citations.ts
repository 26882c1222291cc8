import { asText, contentText, objectsIn } from '../content.ts';
import type { Body } from '../validate.ts';
import { isBody } from '../validate.ts';
import { blocksOf } from './content.ts';

const CITED_MOST = 200;

/** Something in the request that may be cited. */
interface Source {
  readonly block: Body;
  /** Among the documents, or among the search results. */
  readonly index: number;
}

function citable({ citations }: Body): boolean {
  return isBody(citations) && citations['enabled'] === true;
}

function sourcesIn(body: Body, type: string): readonly Source[] {
  const blocks = objectsIn(body['messages'])
    .flatMap(({ content }) => blocksOf(content))
    .flatMap((block) => [block, ...objectsIn(block['content'])])
    .filter((block) => block['type'] === type);
  return blocks.map((block, index) => ({ block, index })).filter(({ block }) => citable(block));
}

/** The passage of a text that an answer repeats, else its beginning. */
function passageOf(text: string, answer: string): { readonly start: number; readonly end: number } {
  const at = text.indexOf(answer.trim());
  if (at !== -1 && answer.trim() !== '') return { start: at, end: at + answer.trim().length };
  const sentence = text.split(/(?<=[.!?])\s/).find((one) => answer.includes(one.trim().replace(/[.!?]$/, '')));
  const start = sentence === undefined ? 0 : text.indexOf(sentence);
  const end = sentence === undefined ? text.search(/(?<=[.!?])\s|$/) : start + sentence.length;
  return { start, end: Math.min(end, start + CITED_MOST) };
}

function documentCitation({ block, index }: Source, answer: string): Body | undefined {
  const source = isBody(block['source']) ? block['source'] : {};
  const head = (type: string, text: string): Body => ({
    type,
    cited_text: text,
    document_index: index,
    document_title: block['title'] ?? null,
  });
  if (source['type'] === 'text') {
    const text = asText(source['data']);
    const { start, end } = passageOf(text, answer);
    return { ...head('char_location', text.slice(start, end)), start_char_index: start, end_char_index: end };
  }
  if (source['type'] === 'content') {
    const [first] = blocksOf(source['content']);
    return { ...head('content_block_location', asText(first?.['text'])), start_block_index: 0, end_block_index: 1 };
  }
  return { ...head('page_location', answer.slice(0, CITED_MOST)), start_page_number: 1, end_page_number: 2 };
}

function searchCitation({ block, index }: Source, answer: string): Body {
  const text = contentText(block['content']);
  const { start, end } = passageOf(text, answer);
  return {
    type: 'search_result_location',
    cited_text: text.slice(start, end),
    source: block['source'],
    title: block['title'] ?? null,
    search_result_index: index,
    start_block_index: 0,
    end_block_index: 1,
  };
}

/** Whether the request asks for citations at all. */
export function wantsCitations(body: Body): boolean {
  return sourcesIn(body, 'document').length + sourcesIn(body, 'search_result').length > 0;
}

/** What an answer cites of the documents and search results of its request. */
export function citationsFor(body: Body, answer: string): readonly Body[] {
  const documents = sourcesIn(body, 'document').map((source) => ({ source, text: documentCitation(source, answer) }));
  const best = documents.find(({ text }) => answer.includes(asText(text?.['cited_text']).trim())) ?? documents[0];
  const [search] = sourcesIn(body, 'search_result');
  return [best?.text, search && searchCitation(search, answer)].filter((one) => one !== undefined);
}
