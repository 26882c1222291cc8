import { randomUUID } from 'node:crypto';
import { setTimeout as after } from 'node:timers/promises';
import type { Fleet } from './fleet.ts';
import { type Ask, askOnce, type End, endOf } from './mix.ts';

/** One request that a client has sent. */
export interface Try {
  readonly id: string;
  readonly replica: number;
  readonly from: number;
  readonly to: number;
  /** 0 when no head came. */
  readonly status: number;
  readonly end: End;
  readonly detail: string;
  readonly cache: string;
}

/** One question with all the requests that it took. */
export interface Asked {
  readonly prompt: string;
  readonly tries: readonly Try[];
}

const MOST_TRIES = 8;
const PAUSE_MS = 150;

/** Clients behind a load balancer: who gets no answer from one replica asks the next. */
export function askingFleet(fleet: Fleet, replicas: number, report: (asked: Asked) => void): Ask {
  let turn = 0;
  return async (question, more = {}) => {
    const tries: Try[] = [];
    while (tries.length < MOST_TRIES) {
      const replica = (turn += 1) % replicas;
      const [id, from] = [`soak-${randomUUID()}`, Date.now()];
      const seen = await askOnce(fleet.urlOf(replica), question, { id, ...more });
      const [end, detail] = endOf(seen, question);
      const cache = String(seen.headers['x-llmproxy-cache'] ?? 'none');
      tries.push({ id, replica, from, to: Date.now(), status: seen.status, end, detail, cache });
      if (end === 'answered' || end === 'left') break;
      await after(PAUSE_MS * tries.length);
    }
    report({ prompt: question.prompt, tries });
  };
}
