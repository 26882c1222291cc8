import type { Member } from './member.ts';
import { priorityOf } from './select.ts';
import { STRATEGIES } from './strategies/index.ts';
import type { StrategyName } from './strategy.ts';

/**
 * The share of a model's requests that each endpoint is to get now, 0 to 1, by its id: of those in the first tier that admits, after
 * strategy, weights, slow start and what is left of providers' limits. Null where the strategy goes by what it measures.
 */
export function wantedShares(strategy: StrategyName, members: readonly Member[]): ReadonlyMap<string, number | null> {
  const { shares } = STRATEGIES[strategy];
  const served = servedFrom(members, shares === 'price');
  const parts = served.map((member) => partOf(member, shares === 'equal'));
  const sum = parts.reduce((total, part) => total + part, 0);
  const wanted = new Map<string, number | null>(members.map(({ endpoint }) => [endpoint.id, 0]));
  for (const [index, { endpoint }] of served.entries()) {
    const isOpen = shares === 'measured' && served.length > 1;
    wanted.set(endpoint.id, isOpen ? null : (parts[index] ?? 0) / sum);
  }
  return wanted;
}

function servedFrom(members: readonly Member[], isByPrice: boolean): readonly Member[] {
  const able = members.filter(({ health }) => health.admits(undefined));
  const first = Math.min(...able.map(priorityOf));
  const near = able.filter((member) => priorityOf(member) === first);
  const regular = near.filter(({ endpoint }) => endpoint.weight > 0);
  const served = regular.length > 0 ? regular : near;
  if (!isByPrice) return served;
  const least = Math.min(...served.map(priceOf));
  return served.filter((member) => priceOf(member) === least);
}

function partOf({ endpoint, health, room }: Member, isEqual: boolean): number {
  const weight = isEqual || endpoint.weight === 0 ? 1 : endpoint.weight;
  return weight * health.whole.ramp * (room?.share ?? 1);
}

function priceOf({ endpoint: { price } }: Member): number {
  return price === undefined ? Infinity : price.input + price.output;
}
