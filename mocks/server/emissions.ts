import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Operation, Reply, StreamEvent } from '../dialects/reply.ts';

/** Environment variable: a folder in which every answer that the dialects make is written down, one file a process, one JSON object a line. */
export const EMISSIONS_FOLDER = 'LLMPROXY_MOCK_EMISSIONS';

/** An answer as it was made, before any fault. */
export interface Emission {
  readonly operation: string;
  readonly method: string;
  /** Of the operation: `/v1/responses/{id}`. */
  readonly path: string;
  readonly status: number;
  /** Text of a JSON answer. */
  readonly body?: string;
  /** Of a stream, as far as the client read it. */
  readonly events?: readonly string[];
}

function* noted(events: Iterable<StreamEvent>, note: (seen: readonly string[]) => void): Generator<StreamEvent> {
  const seen: string[] = [];
  try {
    for (const event of events) {
      seen.push(event.bytes);
      yield event;
    }
  } finally {
    note(seen);
  }
}

/** The operation, with every answer written down in the folder. */
export function observed(operation: Operation, folder: string): Operation {
  const { id, method, path } = operation;
  const file = join(folder, `${process.pid}.jsonl`);
  const write = (status: number, made: Pick<Emission, 'body' | 'events'>): void => {
    const emission: Emission = { operation: id, method, path, status, ...made };
    appendFileSync(file, `${JSON.stringify(emission)}\n`);
  };
  const seen = (reply: Reply): Reply => {
    if (reply.kind === 'json') write(reply.status, { body: reply.body });
    if (reply.kind !== 'stream') return reply;
    return { ...reply, events: noted(reply.events, (events) => write(reply.status, { events })) };
  };
  return { ...operation, handle: (request, context) => seen(operation.handle(request, context)) };
}
