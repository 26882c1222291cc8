import type { DialectContext, StoredObject, StoredResponse } from '../dialects/reply.ts';
import { PromptCache } from '../generation/prompt-cache.ts';
import { seededRandom } from '../generation/random.ts';
import type { Random } from '../generation/random.ts';
import type { ScriptedAnswer } from '../generation/script.ts';
import type { Tokenizer } from '../generation/tokenizer.ts';
import { JOURNAL_LIMITS, Journal } from '../journal/journal.ts';
import type { Pace, SettledPace } from '../rules/pace.ts';
import { settle } from '../rules/pace.ts';
import { RuleList } from '../rules/rule-list.ts';
import type { Directive } from '../rules/script/answer-input.ts';
import { ScriptRun } from '../rules/script/run.ts';
import type { Script } from '../rules/script/script.ts';
import { MemoryObjectStore } from '../state/object-store.ts';
import { MemoryResponseStore } from '../state/response-store.ts';
import type { Limiter } from '../limits/limiter.ts';
import type { StrictnessSetting } from '../strictness/index.ts';
import { Webhooks } from '../webhooks/webhooks.ts';
import type { Clock } from './clock.ts';
import { FleetState } from './fleet-state.ts';
import { FaultRules } from './faults/fault-rules.ts';
import { admissionOf } from './admission/admission.ts';
import type { RefusalNotices } from './admission/refusal-notices.ts';
import type { ServerOptions } from './options/options.ts';
import { COMMON } from './tenant-selection.ts';

/** The organization of a server that names none. */
export const ORGANIZATION = 'org-mock';

const JOB_STAGE_MS = 100;
const NONCE_LENGTH = 20;
/** Apart from the seeds of answers, so that times do not move with them. */
const PACE_SEED_OFFSET = 0x0ac3;

export interface TenantStateParts {
  /** Default: the one of requests that name no tenant. */
  readonly tenant?: string | undefined;
  readonly fleetState?: FleetState | undefined;
  /** Default: the one that the options ask for. */
  readonly clock?: Clock | undefined;
  /** The script that the server was started with, as it is now. */
  readonly script?: Script | undefined;
  /** Told about faults of the mock itself. */
  readonly report?: ((error: unknown) => void) | undefined;
}

/** Everything one server remembers for one tenant: what was scripted, what came in, what was stored. */
export class TenantState {
  readonly tenant: string;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly answers = new RuleList<Directive>();
  readonly faults: FaultRules;
  readonly state = new MemoryResponseStore<StoredResponse>();
  readonly objects = new MemoryObjectStore<StoredObject>();
  readonly tokenizer: Tokenizer;
  readonly promptCache: PromptCache;
  readonly limiter: Limiter;
  readonly webhooks: Webhooks;
  pace: Pace;
  /** The journal notes every event of every answer. */
  trace: boolean;
  /** Undefined until it is chosen: then nothing is refused, and it is said what would have been. */
  #strictness: StrictnessSetting | undefined;
  readonly #fleetState: FleetState;
  readonly #admission = admissionOf(this);
  readonly #options: ServerOptions;
  readonly #seed: number | undefined;
  readonly #project: string;
  readonly #random: Random;
  #requests = 0;
  #times: { readonly seed: number; readonly random: Random } | undefined;
  #script: ScriptRun | undefined;
  #serverScript: Script | undefined;
  /** A script was put in the place of the server's. */
  #ownScript = false;

  constructor(options: ServerOptions, parts: TenantStateParts = {}) {
    const { tenant = COMMON, fleetState = new FleetState(), clock = fleetState.clockOf(tenant, options.clock) } = parts;
    const { organization = ORGANIZATION, limits, seed } = options;
    this.tenant = tenant;
    this.clock = clock;
    this.journal = new Journal(JOURNAL_LIMITS, fleetState.nextSequence);
    this.tokenizer = fleetState.tokenizer;
    this.promptCache = new PromptCache(fleetState.tokenizer);
    this.limiter = fleetState.limiters.of(tenant === COMMON ? organization : `${organization}/${tenant}`, limits);
    this.#strictness = options.strictness;
    this.#fleetState = fleetState;
    this.#options = options;
    // What is left to chance does not depend on which tenants came before.
    this.#seed = seed === undefined ? undefined : seed + distance(tenant);
    this.faults = new FaultRules(options, this.#seed);
    this.pace = options.pace ?? {};
    this.trace = options.trace ?? false;
    this.#serverScript = parts.script;
    this.#run(parts.script);
    this.#random = fleetState.random;
    const identity = this.#seed === undefined ? this.#random : seededRandom(this.#seed);
    this.#project = `proj_${identity.alnum(24)}`;
    this.webhooks = new Webhooks({
      clock: this.clock,
      random: identity,
      objects: this.objects,
      hosts: options.webhookHosts ?? [],
      jobStageMs: options.jobStageMs ?? JOB_STAGE_MS,
      report: parts.report ?? (() => undefined),
    });
  }

  get strictness(): StrictnessSetting {
    return this.#strictness ?? 'off';
  }

  set strictness(setting: StrictnessSetting) {
    this.#strictness = setting;
  }

  get notices(): RefusalNotices | undefined {
    return this.#strictness === undefined ? this.#fleetState.notices : undefined;
  }

  /** The script at work, if there is one. */
  get script(): ScriptRun | undefined {
    return this.#script;
  }

  /** Puts a script in the place of the one at work, from its beginning; `undefined`: none. */
  useScript(script: Script | undefined): void {
    this.#ownScript = true;
    this.#run(script);
  }

  /** The server's script was changed: it is taken, unless another one was put in its place here. */
  changeServerScript(script: Script): void {
    this.#serverScript = script;
    if (!this.#ownScript) this.#run(script);
  }

  #run(script: Script | undefined): void {
    this.#script = script && new ScriptRun(script, { tenant: this.tenant, now: () => this.clock.now() });
  }

  /** Back to how the server was started; connections and answers under way go on. */
  reset(): void {
    this.journal.clear();
    this.answers.clear();
    this.#ownScript = false;
    this.#run(this.#serverScript);
    this.faults.restart();
    this.state.clear();
    this.promptCache.clear();
    this.webhooks.clear();
    this.objects.clear();
    this.limiter.reset();
    this.#strictness = this.#options.strictness;
    this.pace = this.#options.pace ?? {};
    this.trace = this.#options.trace ?? false;
    this.#requests = 0;
    this.#times = undefined;
  }

  /** The pace of one answer: a rule's before the server's, and a delay that the request itself asks for before both. */
  paceOf(ruled: Pace | undefined, firstEventMs: number | undefined): SettledPace {
    const pace = ruled === undefined ? this.pace : { ...this.pace, ...ruled };
    const settled = settle(pace, () => this.#paceRandom(pace.seed));
    return firstEventMs === undefined ? settled : { ...settled, firstEventMs };
  }

  /** A sequence of its own for each seed, so that times come again in the same order. */
  #paceRandom(seed: number | undefined): Random {
    if (seed === undefined && this.#seed === undefined) return this.#random;
    const wanted = seed ?? (this.#seed ?? 0) + PACE_SEED_OFFSET;
    if (this.#times?.seed !== wanted) this.#times = { seed: wanted, random: seededRandom(wanted) };
    return this.#times.random;
  }

  #tagOf(port: number, random: Random): string | undefined {
    const { tag, nonce } = this.#options;
    const name = tag === true ? String(port) : tag || undefined;
    if (!nonce) return name;
    const word = random.alnum(NONCE_LENGTH);
    return name === undefined ? word : `${name} ${word}`;
  }

  contextFor(port: number, scripted?: ScriptedAnswer): DialectContext {
    const { models, keys, organization = ORGANIZATION } = this.#options;
    const seed = this.#seed;
    this.#requests += 1;
    const random = seed === undefined ? this.#random : seededRandom(seed + this.#requests * 0x9e3779b1);
    return {
      now: () => Math.floor(this.clock.now()),
      // One sequence a request, so that a seeded answer does not depend on how many ids the one before it took.
      random,
      tokenizer: this.tokenizer,
      tenant: this.tenant,
      organization,
      project: this.#project,
      version: '2020-10-01',
      tag: this.#tagOf(port, random),
      variation: this.#options.vary === true ? this.#requests : undefined,
      models,
      keys,
      scripted,
      state: this.state,
      promptCache: this.promptCache,
      objects: this.objects,
      webhooks: this.webhooks,
      lenientIds: this.#options.lenientIds ?? false,
      jobStageMs: this.#options.jobStageMs ?? JOB_STAGE_MS,
      admission: this.strictness !== 'off' || this.limiter.active || this.notices ? this.#admission : undefined,
    };
  }
}

/** A number for a tenant's name (FNV-1a); 0 for the common one. */
function distance(tenant: string): number {
  if (tenant === COMMON) return 0;
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(tenant)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
