import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import type { Citation } from '../conversation.ts';

/**
 * The sources of an answer's text, of which the open block begins at `from`. Google counts bytes of UTF-8 from the text's beginning; the
 * neutral form counts UTF-16 units from the block's.
 */
export function readGrounding(grounding: JsonObject, text: string, from = 0): Citation[] {
  const chunks = objects(grounding['groundingChunks']).map((chunk) => (isJsonObject(chunk['web']) ? chunk['web'] : {}));
  const bytes = Buffer.from(text);
  return objects(grounding['groundingSupports']).flatMap((support) => {
    const segment = isJsonObject(support['segment']) ? support['segment'] : {};
    const start = unitAt(bytes, numberOf(segment['startIndex']) ?? 0);
    const end = unitAt(bytes, numberOf(segment['endIndex']) ?? 0);
    const indices = Array.isArray(support['groundingChunkIndices']) ? support['groundingChunkIndices'] : [];
    return indices.flatMap((index): Citation[] => {
      const web = typeof index === 'number' ? chunks[index] : undefined;
      if (web === undefined || typeof web['uri'] !== 'string') return [];
      return [
        {
          url: web['uri'],
          ...(typeof web['title'] === 'string' ? { title: web['title'] } : {}),
          text: text.slice(start, end),
          start: Math.max(0, start - from),
          end: Math.max(0, end - from),
        },
      ];
    });
  });
}

/** Offset in UTF-16 units of an offset in bytes. */
function unitAt(bytes: Buffer, at: number): number {
  return bytes.subarray(0, at).toString().length;
}

function objects(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function numberOf(value: Json | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

/** The metadata that tell of an answer's sources, of which each is of a text that begins at `from` (UTF-16 units of the whole). */
export function writeGrounding(
  citations: readonly { readonly citation: Citation; readonly from: number }[],
  text: string,
): JsonObject | undefined {
  const chunks: JsonObject[] = [];
  const places = new Map<string, number>();
  const supports: JsonObject[] = [];
  for (const { citation, from } of citations) {
    const { url, title } = citation;
    if (url === undefined) continue;
    let place = places.get(url);
    if (place === undefined) {
      place = chunks.push({ web: { uri: url, ...(title === undefined ? {} : { title }) } }) - 1;
      places.set(url, place);
    }
    const { start, end } = range(citation, from, text);
    supports.push({
      segment: {
        ...(start === 0 ? {} : { startIndex: Buffer.byteLength(text.slice(0, start)) }),
        endIndex: Buffer.byteLength(text.slice(0, end)),
        text: text.slice(start, end),
      },
      groundingChunkIndices: [place],
    });
  }
  return chunks.length === 0 ? undefined : { groundingChunks: chunks, groundingSupports: supports };
}

/** A source that names no place is of all the text from its block's beginning. */
function range({ start, end }: Citation, from: number, text: string): { start: number; end: number } {
  if (start === undefined || end === undefined) return { start: from, end: text.length };
  return { start: from + start, end: from + end };
}
