/**
 * Generations that several processes share. Of the processes that enter the same log one leads: it makes the answer and
 * writes it into the log. The others follow: they read the log from its start and go on at its end.
 *
 * A log is written only once it is followed: a generation that no other process waits for costs an `enter` and an `end`. No method throws
 * or rejects, and every wait is bounded.
 */
export interface SharedFlights {
  /**
   * Leads or follows, within the bound of the implementation (Redis: `redis.timeout`). The process must go on with what it
   * gets: `Lead.begin` and `Tail.read` are called in the tick in which the promise is heard of.
   */
  enter(name: LogName, terms?: EnterTerms): Promise<Entered>;
}

/** What a log is bound to: nothing of it can be read under another name. */
export interface LogName {
  /** The cache key, which the scope of the caller is part of. */
  readonly key: string;
  /** What else must be equal for two requests to share, as any text. */
  readonly variant: string;
}

export interface EnterTerms {
  /** The caller has looked for a stored answer and can use none: to be led also where one is stored. */
  readonly pastStored?: boolean;
  /** The leader of the tail that was lost: its lease counts no more. */
  readonly instead?: string | undefined;
}

export type Entered =
  | { readonly role: 'lead'; readonly lead: Lead }
  | { readonly role: 'follow'; readonly tail: Tail }
  /** There is no leader and an answer is stored: the cache is to be asked again. */
  | { readonly role: 'stored' }
  /** Sharing is not possible now: nothing is shared, and no one waits. */
  | { readonly role: 'alone' };

/** One piece of a log: first a head, then chunks, then one end. Each arrives as it was written, never cut or joined. */
export interface Frame {
  readonly kind: 'head' | 'chunk' | 'end';
  readonly bytes: Buffer;
}

/** What the leader is told. */
export interface LeadEvents {
  /**
   * The log is followed, called once at most: all that has come so far is to be written, in this tick, and from here on what
   * comes. It may come after `Lead.end`: then all but the end is to be written.
   */
  wanted(): void;
  /** Whether the answer is followed in this process. */
  readonly isFollowed: boolean;
  /** After `Lead.left`: no other process follows either, and the lease is given up. Nothing is to be written any more. */
  deserted(): void;
}

/** The lease of a log. Nothing is to be done about it when it is lost: what is written then reaches no follower. */
export interface Lead {
  begin(events: LeadEvents): void;
  /** Appends; small frames travel together. Does nothing before `wanted`. */
  write(frame: Frame): void;
  /** Followers that come from here on do not get the answer from its start any more: they are alone. */
  close(): void;
  /** The last follower in this process has left. */
  left(): void;
  /**
   * The answer is over. Without a frame followers hear that the leader is lost. The lease is kept until `after` has settled,
   * so that who does not find the stored answer yet follows still.
   */
  end(frame?: Frame, after?: Promise<unknown>): void;
}

/** What a follower is told: frames in their order, then one of `lost` or the frame of kind `end`. */
export interface TailEvents {
  frame(frame: Frame): void;
  /**
   * The leader died, gave up or cannot be heard of any more; no frame comes after it. `leader`: for `EnterTerms.instead`.
   * Told at most 2 seconds after a death, at once where Redis is lost.
   */
  lost(leader: string): void;
}

export interface Tail {
  read(events: TailEvents): void;
  /** Frames stay in the log until `resume`, as long as it keeps them; what it drops in between makes the tail lost. */
  pause(): void;
  resume(): void;
  /** Nothing is told any more, and the leader hears that this one follows no longer. */
  leave(): void;
}
