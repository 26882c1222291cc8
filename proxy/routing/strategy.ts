import type { Random } from '../core/random.ts';
import type { Endpoint, RouteRequest } from './types.ts';

export type StrategyName = 'weighted' | 'round-robin' | 'least-busy' | 'fastest' | 'cheapest' | 'sticky' | 'random';

/** An endpoint that may be chosen now, as strategies see it. */
export interface Candidate {
  readonly endpoint: Endpoint;
  /** Share of its load that the endpoint gets now: 1, or less in slow start. Never 0. */
  readonly ramp: number;
  /** Configured weight × ramp. Never 0: endpoints of weight 0 are offered only among themselves, with weight 1. */
  readonly weight: number;
  readonly inFlight: number;
  /** Failures in a row. */
  readonly failures: number;
  /** Expected time to the first event in milliseconds; undefined when nothing was measured yet. */
  readonly expectedMs: number | undefined;
}

/** Picks one of the candidates; undefined only when there are none. May keep state of its own. */
export type Choose = <C extends Candidate>(candidates: readonly C[], request: RouteRequest) => C | undefined;

/** How load is spread over the endpoints of one model. Health and failover are the router's business. */
export interface Strategy {
  readonly name: StrategyName;
  /** What the shares of the endpoints follow in the long run; `measured`: what they do, so no share is known before. */
  readonly shares: 'weight' | 'equal' | 'price' | 'measured';
  /** A chooser for one router. */
  create(context: StrategyContext): Choose;
}

export interface StrategyContext {
  readonly random: Random;
  /**
   * Present where replicas share the load: a strategy that takes turns then begins at a random one. Replicas that began
   * together would all go to the same endpoints at the same time.
   */
  readonly phase?: Random;
}
