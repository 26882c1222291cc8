import type { Member } from './member.ts';
import type { Choose } from './strategy.ts';
import type { RouteRequest } from './types.ts';

/** The rules around a strategy, in their order: the first one that names a member decides. */
export function select(
  members: readonly Member[],
  request: RouteRequest,
  tried: ReadonlySet<string>,
  choose: Choose,
): Member | undefined {
  const left = members.filter((member) => !tried.has(member.endpoint.id) && hasRoomFor(member, request));
  return (
    owner(left, request) ??
    (tried.size === 0 ? dueForProbe(left) : undefined) ??
    admitting(left, request, choose) ??
    leastBad(left)
  );
}

function hasRoomFor({ endpoint }: Member, { contextLargerThan }: RouteRequest): boolean {
  return contextLargerThan === undefined || (endpoint.contextWindow ?? 0) > contextLargerThan;
}

/** Only the owner can read what the request refers to, so mere failures do not keep the request from it. */
function owner(left: readonly Member[], { ownerId }: RouteRequest): Member | undefined {
  if (ownerId === undefined) return undefined;
  const found = left.find(({ endpoint }) => endpoint.id === ownerId);
  return found === undefined || found.health.refusing ? undefined : found;
}

/** A request's first attempt may probe, as others are left to fail over to; endpoints in reserve are not called for that. */
function dueForProbe(left: readonly Member[]): Member | undefined {
  return earliest(left.filter(({ endpoint, health }) => endpoint.weight > 0 && health.due));
}

function admitting(left: readonly Member[], request: RouteRequest, choose: Choose): Member | undefined {
  const able = left.filter(({ health }) => health.state === 'admitting');
  const regular = able.filter(({ endpoint }) => endpoint.weight > 0);
  return choose(regular.length > 0 ? regular : able, request);
}

/** Nobody admits: rather try one that failed than refuse, but never one that asked for patience. */
function leastBad(left: readonly Member[]): Member | undefined {
  const open = left.filter(({ health }) => !health.blocked);
  const failing = open.filter(({ health }) => !health.refusing);
  return earliest(failing.length > 0 ? failing : open);
}

function earliest(members: readonly Member[]): Member | undefined {
  let first: Member | undefined;
  for (const member of members) {
    if (first === undefined || member.health.ejectedUntil < first.health.ejectedUntil) first = member;
  }
  return first;
}
