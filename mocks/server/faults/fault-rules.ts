import { secureRandom, seededRandom } from '../../generation/random.ts';
import type { Random } from '../../generation/random.ts';
import type { Fault } from '../../rules/fault.ts';
import { parseFaultRule, rateAt, startingFaults } from '../../rules/fault.ts';
import { RuleList } from '../../rules/rule-list.ts';
import type { ServerOptions } from '../options/options.ts';
import type { FaultKeys } from './selection.ts';
import { faultKeysOf } from './selection.ts';

type FaultOptions = Pick<ServerOptions, 'faults' | 'faultRate' | 'faultKeys'>;

/** Apart from the seeds of answers, so that a rate does not move with them. */
const SEED_OFFSET = 0x0fa17;

/** The faults of one server: those it was started with, and those that were added since. */
export class FaultRules extends RuleList<Fault> {
  /** Faults by API key. */
  readonly keys: FaultKeys | undefined;
  readonly #options: FaultOptions;
  readonly #seed: number | undefined;
  #random: Random | undefined;

  /** Throws InvalidInput for a fault that is not in the catalogue. */
  constructor(options: FaultOptions, seed: number | undefined) {
    super();
    this.#options = options;
    this.#seed = seed;
    this.keys = faultKeysOf(options.faultKeys);
    this.restart();
  }

  /** Adds a rule as it came from outside. Throws InvalidInput. */
  addInput(rule: unknown): void {
    this.add(parseFaultRule(rule, this.#draws()), rule);
  }

  /** Back to those of the start, and to the beginning of the seeded sequence. */
  restart(): void {
    this.clear();
    this.#random = undefined;
    const { faults = [], faultRate = 1 } = this.#options;
    if (faults.length === 0) return;
    const rate = rateAt(faultRate, 'faultRate');
    for (const [at, rule] of startingFaults(faults, rate, this.#draws()).entries()) {
      const fault = faults[at];
      this.add(rule, typeof fault === 'string' ? { fault, ...(rate === 1 ? {} : { rate }) } : fault);
    }
  }

  #draws(): Random {
    this.#random ??= this.#seed === undefined ? secureRandom(256) : seededRandom(this.#seed + SEED_OFFSET);
    return this.#random;
  }
}
