import type { Random } from '../reply.ts';

export type ItemPrefix =
  | 'resp'
  | 'msg'
  | 'rs'
  | 'fc'
  | 'ctc'
  | 'ws'
  | 'fs'
  | 'ci'
  | 'ig'
  | 'mcp'
  | 'mcpl'
  | 'mcpr'
  | 'cu'
  | 'lsh'
  | 'sh'
  | 'sho'
  | 'apc'
  | 'cmp'
  | 'item';

/** Makes ids of one response: 16 hex digits shared by all its items, `00`, the second of creation, and a random rest. */
export type ItemIds = (prefix: ItemPrefix) => string;

export function itemIds(random: Random, createdAt: number): ItemIds {
  const shared = `${random.hex(16)}00${createdAt.toString(16).padStart(8, '0')}`;
  return (prefix) => `${prefix}_${shared}819${random.hex(21)}`;
}
