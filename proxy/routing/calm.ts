import type { Clock } from '../core/clock.ts';
import type { Member } from './member.ts';
import type { Candidate } from './strategy.ts';
import type { Endpoint, RouteRequest } from './types.ts';

/** Operations whose candidates are kept, at the most: they come from the route table. */
const MAX_LISTS = 64;

/** Until a member in trouble is looked at again. Meanwhile every member is judged for every request, which is only slower. */
const LOOK_AGAIN_MS = 1_000;

/** An endpoint about which nothing is known that keeps a request from it. */
export class CalmCandidate implements Candidate {
  readonly member: Member;
  readonly endpoint: Endpoint;
  readonly ramp = 1;
  readonly weight: number;
  readonly #operation: string | undefined;

  constructor(member: Member, operation: string | undefined) {
    this.member = member;
    this.endpoint = member.endpoint;
    this.weight = member.endpoint.weight === 0 ? 1 : member.endpoint.weight;
    this.#operation = operation;
  }

  get inFlight(): number {
    return this.member.inFlight;
  }

  get failures(): number {
    const { health } = this.member;
    return health.whole.failures + (health.operation(this.#operation)?.failures ?? 0);
  }

  get expectedMs(): number | undefined {
    return this.member.expectedMs;
  }
}

/**
 * Members of a model as long as none of them is in trouble: no ejection, no slow start, no pause. `select` then would
 * offer the strategy the same candidates each time, so they are made once an operation: 200 endpoints need not be judged
 * for every request.
 */
export class CalmMembers {
  readonly #clock: Clock;
  readonly #members: readonly Member[];
  readonly #troubled: Set<Member>;
  readonly #lists = new Map<string | undefined, readonly CalmCandidate[]>();
  #lookAt = 0;

  constructor(members: readonly Member[], clock: Clock) {
    this.#clock = clock;
    this.#members = members;
    this.#troubled = new Set(members.filter(({ health }) => !health.isCalm));
  }

  /** To be called at every ejection, readmission and pause. */
  trouble(member: Member): void {
    this.#troubled.add(member);
  }

  /** What `select` would offer the strategy; undefined where members have to be judged. The same array as long as it holds. */
  candidates(request: RouteRequest, tried: ReadonlySet<string>): readonly CalmCandidate[] | undefined {
    const { ownerId, contextLargerThan, within, operation } = request;
    if (tried.size > 0 || ownerId !== undefined || contextLargerThan !== undefined || within !== undefined)
      return undefined;
    if (this.#troubled.size > 0 && !this.#isOver()) return undefined;
    return this.#lists.get(operation) ?? this.#listFor(operation);
  }

  #isOver(): boolean {
    const now = this.#clock.monotonic();
    if (now < this.#lookAt) return false;
    this.#lookAt = now + LOOK_AGAIN_MS;
    for (const member of this.#troubled) if (member.health.isCalm) this.#troubled.delete(member);
    return this.#troubled.size === 0;
  }

  #listFor(operation: string | undefined): readonly CalmCandidate[] {
    const regular = this.#members.filter(({ endpoint }) => endpoint.weight > 0);
    const list = (regular.length > 0 ? regular : this.#members).map((member) => new CalmCandidate(member, operation));
    if (this.#lists.size >= MAX_LISTS) this.#lists.clear();
    this.#lists.set(operation, list);
    return list;
  }
}
