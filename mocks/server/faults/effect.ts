import type { DialectFamily } from '../../dialects/family.ts';
import type { DialectContext, HeaderList, StreamEvent } from '../../dialects/reply.ts';
import type { CustomFault, FaultKind } from '../../rules/fault.ts';
import type { Delivery } from '../delivery.ts';

/** What a fault may know of the request it spoils. */
export interface FaultScene {
  /** The answer without the fault, or what it were if the request asked (or did not ask) for a stream. Only a fault that calls it uses up a scripted answer. */
  readonly normal: (stream?: boolean) => Delivery;
  readonly context: DialectContext;
  /** Whose errors and end marks the fault speaks. */
  readonly family: DialectFamily;
  readonly operation: string | undefined;
  readonly path: string;
  /** The connection has carried an answer before. */
  readonly reused: () => boolean;
  /** Closes the port to new connections for a time. */
  readonly refuse: (ms: number) => void;
}

export type FaultParameters = Readonly<Record<string, number | string>>;

/** An effect of the catalogue. `undefined`: this answer has nothing that the fault could spoil. */
export type NamedEffect = (parameters: FaultParameters, scene: FaultScene) => Delivery | undefined;

/** Turns the answer that would have been given into the one that is. */
export type FaultEffect<K extends FaultKind> = (
  fault: Extract<CustomFault, { kind: K }>,
  scene: FaultScene,
) => Delivery;

export const NO_EVENTS: readonly StreamEvent[] = [];

export function* firstEvents(events: Iterable<StreamEvent>, count: number): Generator<StreamEvent> {
  if (count === 0) return;
  let left = count;
  for (const event of events) {
    yield event;
    left -= 1;
    if (left === 0) return;
  }
}

/** The headers with some of them replaced or added; names are compared in lowercase. */
export function withHeaders(headers: HeaderList, changes: Readonly<Record<string, string>>): HeaderList {
  const lowercase = Object.entries(changes).map(([name, value]) => [name.toLowerCase(), value] as const);
  const replaced = new Set(lowercase.map(([name]) => name));
  // A stated length takes the place of chunks.
  if (replaced.has('content-length')) replaced.add('transfer-encoding');
  return [...headers.filter(([name]) => !replaced.has(name)), ...lowercase];
}
