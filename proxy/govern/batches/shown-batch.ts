import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { answerUsage } from '../../protocols/answer-usage.ts';
import type { TokenUsage } from '../../protocols/types.ts';
import { segmentOf } from '../../providers/target-path.ts';
import type { BatchApi } from '../../usage/batches/types.ts';

/** A batch that runs no more, as its provider shows it. */
export interface EndedBatch {
  /** What all of its requests together used; undefined where that is not said. */
  readonly usage: TokenUsage | undefined;
  readonly model: string | undefined;
  /** Where the answers of its requests are, below the base URL; undefined where there are none. */
  readonly results: string | undefined;
  /** No request of it was answered. */
  readonly isEmpty: boolean;
}

const ENDED: ReadonlySet<unknown> = new Set(['completed', 'expired', 'cancelled', 'failed']);
/** Longer than any provider's id. */
export const MAX_ID = 512;

/** Where an endpoint shows a batch, below the base URL. */
export function batchPath(api: BatchApi, id: string): string {
  return `${api === 'anthropic' ? '/messages' : ''}/batches/${segmentOf(id)}`;
}

/** Undefined for a batch that still runs, and for what is none. */
export function endedBatch(api: BatchApi, shown: JsonObject): EndedBatch | undefined {
  return api === 'anthropic' ? endedMessages(shown) : endedOpenai(shown);
}

function endedOpenai(shown: JsonObject): EndedBatch | undefined {
  const { status, usage, model, output_file_id: file } = shown;
  if (!ENDED.has(status)) return undefined;
  const used = usage === undefined ? undefined : answerUsage({ usage });
  const isFile = typeof file === 'string' && file !== '' && file.length <= MAX_ID;
  return {
    // Batches of old models have a usage of zeros.
    usage: used && used.input + used.output > 0 ? used : undefined,
    model: typeof model === 'string' && model !== '' ? model : undefined,
    results: isFile ? `/files/${segmentOf(file)}/content` : undefined,
    isEmpty: status === 'failed' || counted(shown, 'completed') === 0,
  };
}

function endedMessages(shown: JsonObject): EndedBatch | undefined {
  const { id, processing_status: status } = shown;
  if (status !== 'ended' || typeof id !== 'string') return undefined;
  const isEmpty = counted(shown, 'succeeded') === 0;
  // The address that the batch names is not asked: it may be another server's.
  const results = isEmpty ? undefined : `${batchPath('anthropic', id)}/results`;
  return { usage: undefined, model: undefined, results, isEmpty };
}

function counted({ request_counts: counts }: JsonObject, name: string): unknown {
  return isJsonObject(counts) ? counts[name] : undefined;
}
