import type { Member } from './member.ts';
import { Standing } from './standing.ts';
import type { Choose } from './strategy.ts';
import type { Endpoint, RouteRequest } from './types.ts';

/** A model as a choice is made from it. */
export interface Selection {
  readonly members: readonly Member[];
  readonly choose: Choose;
  /** The endpoints do not all have one priority. */
  readonly isTiered: boolean;
  /** Endpoints may be full. */
  readonly isLimited: boolean;
  /** Providers say what is left of limits: `left-out` = endpoints without room come last, `shares` = the others share by their room, too. */
  readonly rooms?: 'left-out' | 'shares' | undefined;
}

/** The rules around a strategy, in their order: the first one that names a member decides. */
export function select(
  { members, choose, isTiered, isLimited, rooms }: Selection,
  request: RouteRequest,
  tried: ReadonlySet<string>,
): Member | undefined {
  const able = eligible(members, request, tried);
  const free = isLimited ? able.filter(({ isFull }) => !isFull) : able;
  const shareOf = ({ room }: Member): number => (rooms === 'shares' && room ? room.share : 1);
  const left = free.map((member) => new Standing(member, request, shareOf(member)));
  const open = rooms ? withRoom(left) : left;
  const near = isTiered ? nearTiers(open) : open;
  const chosen =
    owner(left, request) ?? (tried.size === 0 ? dueForProbe(near) : undefined) ?? admitting(near, request, choose);
  if (chosen || request.admittingOnly) return chosen?.member;
  // Rather wait for one that is full than ask one that fails.
  return left.length < able.length && isAdmitted(able, request, tried) ? undefined : leastBad(left)?.member;
}

/** Whether a member that was not tried admits, however many requests it works on. */
export function isAdmitted(members: readonly Member[], request: RouteRequest, tried: ReadonlySet<string>): boolean {
  return eligible(members, request, tried).some((member) => new Standing(member, request).admitting);
}

/** Those that admit and have no room are left out, as long as others have. */
function withRoom(left: readonly Standing[]): readonly Standing[] {
  const isShort = (standing: Standing): boolean => standing.admitting && !standing.hasRoom;
  const open = left.filter((standing) => !isShort(standing));
  return open.length < left.length && open.some(({ admitting: admits }) => admits) ? open : left;
}

/** The tiers up to the first one with an endpoint that admits; all of them where none does. */
function nearTiers(left: readonly Standing[]): readonly Standing[] {
  let first = Infinity;
  for (const standing of left) {
    const priority = priorityOf(standing);
    if (priority < first && standing.admitting) first = priority;
  }
  return left.filter((standing) => priorityOf(standing) <= first);
}

/** The tier of what is or stands for an endpoint. */
export function priorityOf({ endpoint }: { readonly endpoint: Endpoint }): number {
  return endpoint.priority ?? 1;
}

/** The members that the request may reach at all. */
export function reachable(members: readonly Member[], { within }: RouteRequest): readonly Member[] {
  return within === undefined ? members : members.filter(({ endpoint }) => within.has(endpoint.id));
}

/** Members that were not tried, have room for the prompt and, where that is asked for, an account that was not tried. */
function eligible(all: readonly Member[], request: RouteRequest, tried: ReadonlySet<string>): readonly Member[] {
  const members = reachable(all, request);
  if (tried.size === 0 && request.contextLargerThan === undefined) return members;
  const { contextLargerThan = -1, otherAccount = false } = request;
  const isTried = ({ endpoint }: Member): boolean => tried.has(endpoint.id);
  const accounts = new Set(otherAccount ? members.filter(isTried).map(({ account }) => account) : []);
  return members.filter(
    (member) =>
      !isTried(member) && !accounts.has(member.account) && (member.endpoint.contextWindow ?? 0) > contextLargerThan,
  );
}

/** Only the owner can read what the request refers to, so mere failures do not keep the request from it. */
function owner(left: readonly Standing[], { ownerId }: RouteRequest): Standing | undefined {
  if (ownerId === undefined) return undefined;
  const found = left.find(({ endpoint }) => endpoint.id === ownerId);
  return found === undefined || found.refusing ? undefined : found;
}

/** A request's first attempt may probe, as others are left to fail over to; endpoints in reserve are not called for that. */
function dueForProbe(left: readonly Standing[]): Standing | undefined {
  return earliest(left.filter(({ endpoint, due }) => endpoint.weight > 0 && due));
}

function admitting(left: readonly Standing[], request: RouteRequest, choose: Choose): Standing | undefined {
  const able = left.filter((standing) => standing.admitting);
  const regular = able.filter(({ endpoint }) => endpoint.weight > 0);
  return choose(regular.length > 0 ? regular : able, request);
}

/** No endpoint admits: rather try one that failed than refuse, but never one that asked for patience. */
function leastBad(left: readonly Standing[]): Standing | undefined {
  const open = left.filter(({ blocked }) => !blocked);
  const failing = open.filter(({ refusing }) => !refusing);
  return earliest(failing.length > 0 ? failing : open);
}

function earliest(standings: readonly Standing[]): Standing | undefined {
  let first: Standing | undefined;
  for (const standing of standings) {
    if (first === undefined || standing.ejectedUntil < first.ejectedUntil) first = standing;
  }
  return first;
}
