import { scanJson } from './json-scan.ts';
import type { JsonMember, JsonScan } from './json-scan.ts';

/** A change to one member of the outermost object. Values are JSON text. */
export type JsonEdit =
  /** Replaces the value wherever the name stands; adds the member at the end when it stands nowhere. */
  | { readonly op: 'set'; readonly key: string; readonly value: string }
  /** Takes the member off, with its comma. */
  | { readonly op: 'remove'; readonly key: string }
  /** Sets members of the object that is the value; anything but an object, and an absent member, becomes one. */
  | { readonly op: 'merge'; readonly key: string; readonly members: Readonly<Record<string, string>> };

interface Patch {
  readonly from: number;
  readonly to: number;
  readonly text: Buffer | string;
}

/**
 * Edits JSON bytes in place: every byte that no edit names stays as it is. Takes bytes that JSON.parse accepts as an
 * object, and their scan. A name that stands several times is edited at each place, so that readers agree whichever they
 * take. Of several edits of one name the last holds. Returns the same buffer when nothing changes.
 */
export function spliceMembers(bytes: Buffer, scan: JsonScan, edits: readonly JsonEdit[]): Buffer {
  const byKey = new Map(edits.map((edit) => [edit.key, edit]));
  const patches: Patch[] = [];
  let kept: JsonMember | undefined;
  let removedFrom = -1;

  for (const member of scan.members) {
    const edit = byKey.get(member.key);
    if (edit?.op === 'remove') {
      if (removedFrom === -1) removedFrom = member.start;
      continue;
    }
    if (removedFrom !== -1) patches.push({ from: removedFrom, to: member.start, text: '' });
    removedFrom = -1;
    kept = member;
    const value = edit === undefined ? undefined : editedValue(bytes, member, edit);
    if (value !== undefined) patches.push({ from: member.valueStart, to: member.valueEnd, text: value });
  }

  // Members removed at the end take the comma before them along, not the one behind.
  const to = scan.members.at(-1)?.valueEnd ?? scan.open;
  const from = removedFrom === -1 ? to : (kept?.valueEnd ?? scan.open);
  const text = addedText(scan, byKey, kept !== undefined);
  if (from < to || text !== '') patches.push({ from, to, text });
  return applyPatches(bytes, patches);
}

function addedText(scan: JsonScan, edits: ReadonlyMap<string, JsonEdit>, behindOthers: boolean): string {
  const present = new Set(scan.members.map(({ key }) => key));
  const added = [...edits.values()].filter((edit) => edit.op !== 'remove' && !present.has(edit.key));
  if (added.length === 0) return '';
  return (behindOthers ? ',' : '') + added.map(memberText).join(',');
}

function applyPatches(bytes: Buffer, patches: readonly Patch[]): Buffer {
  if (patches.length === 0) return bytes;
  const pieces: Buffer[] = [];
  let done = 0;
  for (const { from, to, text } of patches) {
    pieces.push(bytes.subarray(done, from), typeof text === 'string' ? Buffer.from(text) : text);
    done = to;
  }
  pieces.push(bytes.subarray(done));
  return Buffer.concat(pieces);
}

function editedValue(bytes: Buffer, member: JsonMember, edit: JsonEdit): Buffer | undefined {
  const old = bytes.subarray(member.valueStart, member.valueEnd);
  if (edit.op === 'remove') return undefined;
  const value = edit.op === 'set' ? Buffer.from(edit.value) : mergeInto(old, edit.members);
  return value.equals(old) ? undefined : value;
}

function memberText(edit: JsonEdit): string {
  if (edit.op === 'remove') return '';
  return `${JSON.stringify(edit.key)}:${edit.op === 'set' ? edit.value : objectText(edit.members)}`;
}

function objectText(members: Readonly<Record<string, string>>): string {
  return `{${Object.entries(members)
    .map(([key, value]) => `${JSON.stringify(key)}:${value}`)
    .join(',')}}`;
}

function mergeInto(old: Buffer, members: Readonly<Record<string, string>>): Buffer {
  const scan = scanJson(old);
  if (scan.open === -1) return Buffer.from(objectText(members));
  const edits = Object.entries(members).map(([key, value]) => ({ op: 'set', key, value }) as const);
  return spliceMembers(old, scan, edits);
}
