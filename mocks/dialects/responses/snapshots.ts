import type { StoredResponse } from '../reply.ts';
import type { ResponseFrame, ResponseMoment } from './frame.ts';
import { responseJson } from './frame.ts';

const WAITING = { completedAt: null, output: '[]', usage: 'null' };
const COMPLETED = ',"completed_at":';
const BILLED = ',"billing":{"payer":"developer"}';

/** The object in each of its states, as compact JSON; made when it is asked for. */
export class Snapshots {
  readonly final: string;
  private readonly frame: ResponseFrame;
  private running: string | undefined;

  constructor(frame: ResponseFrame, last: ResponseMoment) {
    this.frame = frame;
    this.final = responseJson(frame, last);
  }

  get created(): string {
    return this.frame.background ? responseJson(this.frame, { ...WAITING, status: 'queued' }) : this.inProgress;
  }

  get inProgress(): string {
    return (this.running ??= responseJson(this.frame, { ...WAITING, status: 'in_progress' }));
  }

  /** Finished objects outside of streams say who is billed. */
  get stored(): string {
    // Put in rather than rendered again; nothing that comes from the request stands before it. Joined, because it is kept.
    const at = this.final.indexOf(COMPLETED);
    return [this.final.slice(0, at), BILLED, this.final.slice(at)].join('');
  }

  get cancelled(): string {
    return responseJson(this.frame, { ...WAITING, status: 'cancelled' });
  }
}

type Stored = Pick<StoredResponse, 'status' | 'body' | 'later' | 'events'>;

/** In background a JSON request is stored as queued, with what it becomes when it is asked for. */
export function storedSnapshots(
  status: 'completed' | 'incomplete' | 'failed',
  at: Snapshots,
  background: boolean,
  events: StoredResponse['events'],
): Stored {
  if (background && events === undefined) {
    return { status: 'queued', body: at.created, later: { status, body: at.stored, cancelledBody: at.cancelled } };
  }
  return { status, body: at.stored, events: background ? events : undefined };
}
