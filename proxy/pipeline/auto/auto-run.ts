import type { Candidate, CandidateCredential } from '../../auto/candidate.ts';
import { type AskedModel, escalationText, nextModel, type NextModel } from '../../auto/escalation.ts';
import type { Tier } from '../../auto/levels.ts';
import type { AnswerCheck } from '../../generation/checked-events.ts';
import type { AutoTools } from './types.ts';
import type { Decision } from './decide.ts';
import type { AskedBody } from './rewrite.ts';

/** What became of a request for `auto` so far. */
export class AutoRun {
  readonly tools: AutoTools;
  decision: Decision;
  /** The request as the models get it, its text cut to what fits. */
  readonly body: AskedBody;
  /** Judges a JSON answer by the schema of the request; undefined where there is none, and for streams. */
  readonly check: AnswerCheck | undefined;
  /** Price of the model that is measured against. */
  readonly reference: Candidate['price'];
  /** The text was cut. */
  readonly truncated: boolean;
  /** The body with descriptions in place of its images, once there is one. */
  described: AskedBody | undefined;
  /** The answer is to the described request. */
  isDescribed = false;
  /** Attempts at the models before the one that is asked now, and at those that have described images. */
  attempts = 0;
  readonly asked: AskedModel[] = [];
  #current: NextModel | undefined;
  /** Models that limits of the caller leave out. */
  readonly #skipped = new Set<string>();

  constructor(parts: Pick<AutoRun, 'tools' | 'decision' | 'body' | 'truncated' | 'reference' | 'check'>) {
    this.tools = parts.tools;
    this.decision = parts.decision;
    this.body = parts.body;
    this.truncated = parts.truncated;
    this.reference = parts.reference;
    this.check = parts.check;
  }

  /** The model that is asked now; undefined where none could be picked. */
  get model(): string | undefined {
    return this.#current?.model.candidate.model;
  }

  /** The tier in force. */
  get tier(): Tier {
    return this.#current?.tier ?? this.decision.question.tier.tier;
  }

  /** The current model sees images. */
  get sees(): boolean {
    return this.#current?.model.candidate.traits.vision === true;
  }

  /** Whose key the current model is asked with. */
  get credential(): CandidateCredential | undefined {
    return this.#current?.model.candidate.credential;
  }

  /** Takes note of what became of the current model. */
  ended(how: AskedModel['ended']): void {
    if (this.model !== undefined) this.asked.push({ model: this.model, tier: this.tier, ended: how });
  }

  /** Goes to the model that is asked next; false = there is none. */
  advance(): boolean {
    const { preferences, ranking, question, asked } = this.decision;
    const next = nextModel({
      models: ranking.models.filter(({ candidate }) => !this.#skipped.has(candidate.model)),
      tier: question.tier.tier,
      maxTier: preferences.maxTier,
      escalates: preferences.autoEscalation,
      attempts: asked.pinned === undefined ? this.tools.config.attempts : 1,
      asked: this.asked,
    });
    if (next !== undefined) this.#current = next;
    return next !== undefined;
  }

  /** Leaves the current model out, which was not asked, and goes to the next; false = there is none. */
  skip(): boolean {
    if (this.model !== undefined) this.#skipped.add(this.model);
    return this.advance();
  }

  /** Another ranking takes the place of the first one, before any model was asked. */
  decideAnew(decision: Decision): void {
    this.decision = decision;
    this.#current = undefined;
    this.asked.length = 0;
  }

  /** The headers that every answer has, flat. */
  headers(): string[] {
    const { classified } = this.decision;
    const flat = ['x-llmproxy-complexity', classified.complexity, 'x-llmproxy-tier', this.tier];
    if (this.model !== undefined) flat.unshift('x-llmproxy-model', this.model);
    if (this.truncated) flat.push('x-llmproxy-truncated', 'true');
    if (this.isDescribed) flat.push('x-llmproxy-vision', 'described');
    const escalated = escalationText([...this.asked, { tier: this.tier }]);
    if (escalated !== undefined) flat.push('x-llmproxy-escalated', escalated);
    return flat;
  }
}
