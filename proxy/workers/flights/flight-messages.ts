import type { Frame } from '../../flights/shared-flights.ts';

/** What a worker asks before it makes an answer. `entry`: a number of its own, by which both sides know what comes of it. */
export interface FlightQuestion {
  readonly what: 'enter';
  readonly entry: number;
  readonly key: string;
  readonly variant: string;
  /** The leader of the tail that was lost. */
  readonly instead: string | undefined;
  readonly pastStored: boolean;
}

export type FlightAnswer = 'lead' | 'follow' | 'stored' | 'alone';

/** What a worker says of an entry of its own. */
export type EntryAct =
  /** Of a leader: pieces of the log, its end perhaps among them. */
  | { readonly act: 'write'; readonly frames: readonly Frame[] }
  /** No follower gets the log from its start any more. */
  | { readonly act: 'close' }
  /** No request of this worker follows the answer. */
  | { readonly act: 'left' }
  /** There is no more to come, and nothing to be led any more. */
  | { readonly act: 'release' }
  /** Of a follower: it has taken the message of frames with this number, and all before it. */
  | { readonly act: 'taken'; readonly message: number }
  /** It follows no longer; also of an entry whose answer came too late. */
  | { readonly act: 'leave' };

/** What a worker hears of an entry of its own. */
export type EntryNews =
  /** Of a leader: what has come so far is to be written. */
  | { readonly news: 'wanted' }
  /** No other process follows, and `left` was said. */
  | { readonly news: 'unfollowed' }
  | { readonly news: 'frames'; readonly message: number; readonly frames: readonly Frame[] }
  | { readonly news: 'lost'; readonly leader: string };

export interface EntryActNote {
  readonly what: 'entry';
  readonly entry: number;
  readonly act: EntryAct;
}

export interface EntryNewsNote {
  readonly what: 'entry';
  readonly entry: number;
  readonly news: EntryNews;
}
