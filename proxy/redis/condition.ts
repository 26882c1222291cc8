/** Answers of a Redis that is there but cannot serve: as good as gone. */
const UNFIT = /^(?:LOADING|MASTERDOWN|CLUSTERDOWN|BUSY|NOAUTH|WRONGPASS)\b/;

/**
 * Answers that refuse a kind of command whatever is in it: full, a replica, another node's, not permitted, not persisted.
 * A script's own error repeats the one of the command that failed in it.
 */
const REFUSAL = /\b(OOM|READONLY|MOVED|ASK|CROSSSLOT|NOPERM|MISCONF|NOREPLICAS|TRYAGAIN)\b/;

/** A command of a cluster was sent from node to node: some of its keys lie on one and some on another until its slot has moved. */
const MOVING = /^Too many Cluster redirections\b/;

/**
 * What an error says about Redis as a whole; `command` when it concerns one command alone, `moving` when that alone could not
 * be carried out at this moment.
 */
export type Condition = 'gone' | 'refusing' | 'command' | 'moving';

export function conditionOf(error: unknown): Condition {
  if (error instanceof Error && MOVING.test(error.message)) return 'moving';
  if (!(error instanceof Error) || error.name !== 'ReplyError' || UNFIT.test(error.message)) return 'gone';
  return REFUSAL.test(error.message) ? 'refusing' : 'command';
}

/** The first word of a refusal, which holds no value: `OOM`, `READONLY` … */
export function refusalCode(error: unknown): string {
  return REFUSAL.exec(error instanceof Error ? error.message : '')?.[1] ?? 'refused';
}

/** Error answers of Redis name commands and keys, which hold only digests; the bound keeps log lines short. */
export function shortened(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 200);
}
