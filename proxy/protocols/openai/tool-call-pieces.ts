import type { JsonObject } from '../../core/json.ts';
import { lastText } from './chunk-merge.ts';
import { isExactObject, numberOf } from '../../wire/json-exact.ts';

interface Call {
  readonly index: number;
  readonly pieces: JsonObject[];
}

/**
 * The pieces of each tool call, by ascending index; takes the `tool_calls` of each delta. Some servers give every call the same
 * index, or none: then a new id, or another name where there are no ids, begins a new call.
 */
export function splitCalls(deltas: readonly (readonly JsonObject[])[]): JsonObject[][] {
  const calls: Call[] = [];
  for (const entries of deltas) {
    for (const [place, entry] of entries.entries()) {
      const call = callOf(calls, entry, entries.length > 1 ? place : undefined);
      if (call) call.pieces.push(entry);
      else calls.push({ index: numberOf(entry['index']) ?? calls.length, pieces: [entry] });
    }
  }
  return calls.toSorted((a, b) => a.index - b.index).map(({ pieces }) => pieces);
}

/** The call that goes on with this entry; undefined where one begins. `place`: among several entries of one delta. */
function callOf(calls: readonly Call[], entry: JsonObject, place: number | undefined): Call | undefined {
  const index = numberOf(entry['index']);
  const id = lastText([entry], 'id');
  const same = index === undefined ? calls : calls.filter((call) => call.index === index);
  if (id !== undefined) {
    const known = same.findLast((call) => lastText(call.pieces, 'id') === id);
    if (known || index === undefined) return known;
    const open = same.at(-1);
    return open && lastText(open.pieces, 'id') === undefined && !namesAnother(open, entry) ? open : undefined;
  }
  const open = index === undefined && place !== undefined ? same[place] : same.at(-1);
  return open && namesAnother(open, entry) ? undefined : open;
}

function namesAnother({ pieces }: Call, entry: JsonObject): boolean {
  const before = nameOf(pieces);
  const name = nameOf([entry]);
  return before !== undefined && name !== undefined && before !== name;
}

function nameOf(pieces: readonly JsonObject[]): string | undefined {
  const bodies = pieces.flatMap((piece) => [piece['function'], piece['custom']]).filter((body) => isExactObject(body));
  return lastText(bodies, 'name');
}
