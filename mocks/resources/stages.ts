import type { StoredObject } from '../dialects/reply.ts';
import type { Place } from './resource.ts';
import type { Fields } from './shape.ts';
import { change } from './store.ts';

/** One state of a job. */
export interface Stage {
  readonly status: string;
  /** Field that gets the unix seconds at which the state began. */
  readonly stamp?: string;
  /** What else changes when it begins; a `status` given here stands. */
  readonly enter?: (object: StoredObject, place: Place, seconds: number) => Fields;
}

/** What a job remembers of its progress, besides what is shown. */
interface Progress {
  readonly stage: number;
  /** Epoch milliseconds at which the stage began. */
  readonly since: number;
  readonly paused: boolean;
}

function progressOf({ hidden }: StoredObject): Progress {
  const { stage = 0, since, madeAt, paused = false } = hidden as Partial<Progress> & { readonly madeAt: number };
  return { stage, since: since ?? madeAt, paused };
}

/** Moves a job on by as many stages as its time has passed, each for `jobStageMs`; the first stage is what a job is made in. */
export function staged(stages: readonly Stage[]): (object: StoredObject, place: Place) => StoredObject {
  return (object, place) => {
    const { jobStageMs } = place.context;
    let now = object;
    for (;;) {
      const { stage, since, paused } = progressOf(now);
      const next = stages[stage + 1];
      const due = since + jobStageMs;
      if (next === undefined || paused || stage < 0 || place.context.now() < due) return now;
      const seconds = Math.floor(due / 1000);
      const entered = next.enter?.(now, place, seconds) ?? {};
      const stamped = next.stamp === undefined ? {} : { [next.stamp]: seconds };
      now = change(place, now, { status: next.status, ...stamped, ...entered }, { stage: stage + 1, since: due });
      if (now.body['status'] !== next.status) now = halted(now, place, {});
    }
  };
}

/** Stops a job for good, in the state that `fields` say. */
export function halted(object: StoredObject, place: Place, fields: Fields): StoredObject {
  return change(place, object, fields, { stage: -1 });
}

export function paused(object: StoredObject, place: Place, fields: Fields): StoredObject {
  return change(place, object, fields, { paused: true });
}

export function resumed(object: StoredObject, place: Place, fields: Fields): StoredObject {
  return change(place, object, fields, { paused: false, since: place.context.now() });
}

/** Whether the job has neither ended nor been stopped. */
export function underWay(object: StoredObject, stages: readonly Stage[]): boolean {
  const { stage } = progressOf(object);
  return stage >= 0 && stage < stages.length - 1;
}
