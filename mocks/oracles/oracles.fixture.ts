import type { JournalEntry } from '../journal/entry.ts';

/** A journal entry of which only some fields matter. */
export function entry(fields: Partial<JournalEntry> = {}): JournalEntry {
  return {
    id: '4000-1',
    sequence: 1,
    at: 100,
    method: 'POST',
    path: '/v1/chat/completions',
    query: {},
    headers: {},
    stream: false,
    status: 200,
    port: 4000,
    connection: 1,
    endedAt: 110,
    bytesOut: 0,
    eventsOut: 0,
    tokensOut: 0,
    aborted: false,
    ...fields,
  };
}
