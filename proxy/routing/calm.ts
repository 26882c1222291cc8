import type { Clock } from '../core/clock.ts';
import type { Member } from './member.ts';
import { Standing } from './standing.ts';
import type { Candidate } from './strategy.ts';
import type { Endpoint, RouteRequest } from './types.ts';

/** Operations whose candidates are kept, at the most: they come from the route table. */
const MAX_LISTS = 64;

/** Until a member in trouble is looked at again. Meanwhile its requests cost a little more. */
const LOOK_AGAIN_MS = 1_000;

/** An endpoint that admits the requests of one operation of any caller. */
export class CalmCandidate implements Candidate {
  readonly member: Member;
  readonly endpoint: Endpoint;
  readonly ramp: number = 1;
  readonly weight: number;
  readonly #operation: string | undefined;

  constructor(member: Member, operation: string | undefined) {
    this.member = member;
    this.endpoint = member.endpoint;
    this.weight = baseWeight(member.endpoint);
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

/** The same of one that may be in slow start: its share changes from moment to moment. */
class RampingCandidate implements Candidate {
  readonly member: Member;
  readonly endpoint: Endpoint;
  readonly #calm: CalmCandidate;
  readonly #operation: string | undefined;

  constructor(member: Member, operation: string | undefined) {
    this.member = member;
    this.endpoint = member.endpoint;
    this.#calm = new CalmCandidate(member, operation);
    this.#operation = operation;
  }

  get ramp(): number {
    const { health } = this.member;
    return Math.min(health.whole.ramp, health.operation(this.#operation)?.ramp ?? 1);
  }

  get weight(): number {
    return this.#calm.weight * this.ramp;
  }

  get inFlight(): number {
    return this.#calm.inFlight;
  }

  get failures(): number {
    return this.#calm.failures;
  }

  get expectedMs(): number | undefined {
    return this.#calm.expectedMs;
  }
}

/** What the strategy of a router is offered for one operation. */
export type KeptCandidate = CalmCandidate | RampingCandidate;

interface KeptList {
  readonly candidates: readonly KeptCandidate[];
  /** Members that do not admit. */
  readonly out: readonly Member[];
}

/**
 * The members of a model as `select` would offer them to the strategy for a request that has tried none and is not bound to
 * some of them. Which of them admit changes with what health announces and not between: so the candidates are made once an
 * operation and change, and 200 endpoints need not be judged for every request. Only while a model is missing somewhere, or a
 * caller's credential is limited, does it depend on the request.
 */
export class CalmMembers {
  readonly #clock: Clock;
  readonly #members: readonly Member[];
  /** Not calm when they were looked at last. */
  readonly #troubled: Set<Member>;
  /** Of these, those where some pause may be running. */
  readonly #paused: Set<Member>;
  /** Of these, those that an operator keeps out: nothing announces the end of that. */
  readonly #held: Set<Member>;
  readonly #lists = new Map<string | undefined, KeptList>();
  #lookAt = 0;

  constructor(members: readonly Member[], clock: Clock) {
    this.#clock = clock;
    this.#members = members;
    this.#troubled = new Set(members.filter(({ health }) => !health.isCalm));
    this.#paused = new Set(members.filter(({ health }) => health.hasPauses));
    this.#held = new Set(members.filter(({ health }) => health.byHand.isOut));
  }

  /** To be called at every ejection, readmission and pause. */
  trouble(member: Member): void {
    this.#troubled.add(member);
    if (member.health.hasPauses) this.#paused.add(member);
    const { isOut, remainingMs } = member.health.byHand;
    if (isOut) {
      this.#held.add(member);
      this.#lookAt = Math.min(this.#lookAt, this.#clock.monotonic() + remainingMs);
    }
    this.#lists.clear();
  }

  /** What `select` would offer the strategy; undefined where members have to be judged. The same array as long as it holds. */
  candidates(request: RouteRequest, tried: ReadonlySet<string>): readonly KeptCandidate[] | undefined {
    const { ownerId, contextLargerThan, within } = request;
    if (tried.size > 0 || ownerId !== undefined || contextLargerThan !== undefined || within !== undefined)
      return undefined;
    if (this.#troubled.size > 0) this.#lookAgain();
    if (this.#paused.size > 0) return undefined;
    const { candidates } = this.#listFor(request.operation);
    return candidates.length === 0 ? undefined : candidates;
  }

  /** A member that such a request is to probe, before any of the candidates. */
  due(request: RouteRequest): Member | undefined {
    let first: Standing | undefined;
    for (const member of this.#listFor(request.operation).out) {
      if (member.endpoint.weight === 0) continue;
      const standing = new Standing(member, request);
      if (standing.due && (first === undefined || standing.ejectedUntil < first.ejectedUntil)) first = standing;
    }
    return first?.member;
  }

  #lookAgain(): void {
    const now = this.#clock.monotonic();
    if (now < this.#lookAt) return;
    this.#lookAt = now + LOOK_AGAIN_MS;
    for (const member of this.#paused) if (!member.health.hasPauses) this.#paused.delete(member);
    for (const member of this.#held) {
      const { isOut, remainingMs } = member.health.byHand;
      if (isOut) {
        this.#lookAt = Math.min(this.#lookAt, now + remainingMs);
        continue;
      }
      this.#held.delete(member);
      this.#lists.clear();
    }
    for (const member of this.#troubled) {
      if (!member.health.isCalm) continue;
      this.#troubled.delete(member);
      this.#lists.clear();
    }
  }

  #listFor(operation: string | undefined): KeptList {
    const known = this.#lists.get(operation);
    if (known) return known;
    const admits = ({ health }: Member): boolean => health.admits(operation);
    const able = this.#members.filter(admits);
    const regular = able.filter(({ endpoint }) => endpoint.weight > 0);
    const made = {
      candidates: (regular.length > 0 ? regular : able).map((member) => this.#candidateOf(member, operation)),
      out: this.#members.filter((member) => !admits(member)),
    };
    if (this.#lists.size >= MAX_LISTS) this.#lists.clear();
    this.#lists.set(operation, made);
    return made;
  }

  #candidateOf(member: Member, operation: string | undefined): KeptCandidate {
    return this.#troubled.has(member) ? new RampingCandidate(member, operation) : new CalmCandidate(member, operation);
  }
}

function baseWeight({ weight }: Endpoint): number {
  return weight === 0 ? 1 : weight;
}
