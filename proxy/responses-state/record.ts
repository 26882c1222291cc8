import { ProxyError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import { continued } from './items.ts';

/** What is kept of a response. */
export interface ResponseRecord {
  readonly id: string;
  /** The response as the client is shown it. */
  readonly response: JsonObject;
  /** Input items of its request, as they are listed. */
  readonly input: readonly JsonObject[];
  /** Everything that its endpoint was sent as input: what came before, and `input`. */
  readonly context: readonly JsonObject[];
  readonly background: boolean;
  /** Events of a stream that was made in the background, each whole; absent where none can be resumed. */
  readonly events?: readonly string[];
}

/** What every answer says of the request that the endpoint was not told. */
export interface Overlay {
  readonly id: string;
  readonly previousId?: string;
  readonly conversationId?: string;
  readonly store: boolean;
  readonly background: boolean;
}

const RUNNING: ReadonlySet<unknown> = new Set(['queued', 'in_progress']);

/** Whether its answer is still being made. */
export function isRunning({ response }: Pick<ResponseRecord, 'response'>): boolean {
  return RUNNING.has(response['status']);
}

/** A response of an endpoint as its client is shown it. */
export function shown(response: JsonObject, overlay: Overlay): JsonObject {
  const { id, previousId, conversationId, store, background } = overlay;
  return {
    ...response,
    id,
    background,
    previous_response_id: previousId ?? null,
    store,
    ...(conversationId === undefined ? {} : { conversation: { id: conversationId } }),
  };
}

/** A response whose answer has not begun. */
export function queued(request: JsonObject, overlay: Overlay, createdAt: number): JsonObject {
  const base = {
    object: 'response',
    created_at: createdAt,
    status: 'queued',
    error: null,
    incomplete_details: null,
    instructions: request['instructions'] ?? null,
    max_output_tokens: request['max_output_tokens'] ?? null,
    model: request['model'] ?? '',
    output: [],
    parallel_tool_calls: request['parallel_tool_calls'] ?? true,
    reasoning: request['reasoning'] ?? null,
    temperature: request['temperature'] ?? null,
    text: request['text'] ?? { format: { type: 'text' } },
    tool_choice: request['tool_choice'] ?? 'auto',
    tools: request['tools'] ?? [],
    top_p: request['top_p'] ?? null,
    truncation: request['truncation'] ?? 'disabled',
    usage: null,
    metadata: request['metadata'] ?? {},
  };
  return shown({ id: overlay.id, ...base }, overlay);
}

/** The response with another end than an answer. */
export function ended(
  response: JsonObject,
  status: 'failed' | 'cancelled',
  error: JsonObject | null = null,
): JsonObject {
  return { ...response, status, error };
}

/** The input of a request that goes on from a response. Throws ProxyError `previous_response_not_found`. */
export function historyOf(record: ResponseRecord | undefined, id: string): readonly JsonObject[] {
  if (record === undefined) {
    throw new ProxyError('previous_response_not_found', `Previous response with id '${id}' not found.`, {
      param: 'previous_response_id',
    });
  }
  if (isRunning(record)) {
    throw new ProxyError('previous_response_not_found', `Previous response with id '${id}' is not finished yet.`, {
      param: 'previous_response_id',
    });
  }
  return [...record.context, ...continued(record.response['output'])];
}
