import type { DialectContext, StoredObject, StoredResponse } from '../dialects/reply.ts';
import { secureRandom, seededRandom } from '../generation/random.ts';
import type { Random } from '../generation/random.ts';
import type { ScriptedAnswer } from '../generation/script.ts';
import { createTokenizer } from '../generation/tokenizer.ts';
import { Journal } from '../journal/journal.ts';
import type { Pace } from '../rules/pace.ts';
import { RuleList } from '../rules/rule-list.ts';
import { MemoryObjectStore } from '../state/object-store.ts';
import { MemoryResponseStore } from '../state/response-store.ts';
import { Limiter } from '../limits/limiter.ts';
import type { StrictnessSetting } from '../strictness/index.ts';
import type { Clock } from './clock.ts';
import { systemClock } from './clock.ts';
import { FaultRules } from './faults/fault-rules.ts';
import { gateOf } from './gate/gate.ts';
import type { ServerOptions } from './settings.ts';

/** Whose server it is when nobody says. */
export const ORGANIZATION = 'org-mock';

const JOB_STAGE_MS = 100;

/** Everything one server remembers: what was scripted, what came in, what was stored. */
export class World {
  readonly clock: Clock;
  readonly journal = new Journal();
  readonly answers = new RuleList<ScriptedAnswer>();
  readonly faults: FaultRules;
  readonly state = new MemoryResponseStore<StoredResponse>();
  readonly objects = new MemoryObjectStore<StoredObject>();
  readonly tokenizer = createTokenizer();
  readonly limiter: Limiter;
  pace: Pace;
  strictness: StrictnessSetting;
  readonly #gate = gateOf(this);
  readonly #options: ServerOptions;
  readonly #project: string;
  readonly #random: Random;
  #requests = 0;

  /** `limiter`: shared with others of the same organization; default one of its own. */
  constructor(options: ServerOptions, clock: Clock = systemClock, limiter: Limiter = new Limiter(options.limits)) {
    this.clock = clock;
    this.limiter = limiter;
    this.strictness = options.strictness ?? 'off';
    this.#options = options;
    this.faults = new FaultRules(options, options.seed);
    this.pace = options.pace ?? {};
    this.#random = secureRandom();
    const identity = options.seed === undefined ? this.#random : seededRandom(options.seed);
    this.#project = `proj_${identity.alnum(24)}`;
  }

  /** Back to how the server was started; connections and answers under way go on. */
  reset(): void {
    this.journal.clear();
    this.answers.clear();
    this.faults.restart();
    this.state.clear();
    this.objects.clear();
    this.limiter.reset();
    this.strictness = this.#options.strictness ?? 'off';
    this.pace = this.#options.pace ?? {};
    this.#requests = 0;
  }

  contextFor(port: number, scripted?: ScriptedAnswer): DialectContext {
    const { seed, tag, models, keys, organization = ORGANIZATION } = this.#options;
    this.#requests += 1;
    return {
      now: () => Math.floor(this.clock.now()),
      // One sequence a request, so that a seeded answer does not depend on how many ids the one before it took.
      random: seed === undefined ? this.#random : seededRandom(seed + this.#requests * 0x9e3779b1),
      tokenizer: this.tokenizer,
      organization,
      project: this.#project,
      version: '2020-10-01',
      tag: tag ? String(port) : undefined,
      models,
      keys,
      scripted,
      state: this.state,
      objects: this.objects,
      lenientIds: this.#options.lenientIds ?? false,
      jobStageMs: this.#options.jobStageMs ?? JOB_STAGE_MS,
      gate: this.strictness !== 'off' || this.limiter.active ? this.#gate : undefined,
    };
  }
}
