import type { Strategy, StrategyName } from '../strategy.ts';
import { cheapest } from './cheapest.ts';
import { fastest } from './fastest.ts';
import { leastBusy } from './least-busy.ts';
import { random } from './random.ts';
import { roundRobin } from './round-robin.ts';
import { sticky } from './sticky.ts';
import { weighted } from './weighted.ts';

/** Every strategy by the name that the configuration gives it. */
export const STRATEGIES: { readonly [Name in StrategyName]: Strategy & { readonly name: Name } } = {
  weighted,
  'round-robin': roundRobin,
  'least-busy': leastBusy,
  fastest,
  cheapest,
  sticky,
  random,
};
