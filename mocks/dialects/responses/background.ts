import type { DialectContext, StoredResponse } from '../reply.ts';

const QUEUED = '"status":"queued"';

/** Background work begins when it is first asked for, and is done a stage later. */
export function settled(stored: StoredResponse, context: DialectContext): StoredResponse {
  const { later } = stored;
  if (later === undefined) return stored;
  const startedAt = later.startedAt ?? context.now();
  const done = context.now() - startedAt >= context.jobStageMs;
  if (!done && later.startedAt !== undefined) return stored;
  const next: StoredResponse = done
    ? { ...stored, status: later.status, body: later.body, later: undefined }
    : {
        ...stored,
        status: 'in_progress',
        // The status stands before anything that comes from the request.
        body: stored.body.replace(QUEUED, '"status":"in_progress"'),
        later: { ...later, startedAt },
      };
  context.state.put(next);
  return next;
}

const ANNOUNCED = {
  completed: 'response.completed',
  failed: 'response.failed',
  cancelled: 'response.cancelled',
  incomplete: 'response.incomplete',
};

/** Has webhook endpoints told how background work ends. */
export function announceBackground(id: string, context: DialectContext): void {
  const status = (): string | undefined => {
    const stored = context.state.get(id);
    return stored && settled(stored, context).status;
  };
  context.webhooks?.announce({ id, status, events: ANNOUNCED });
}
