import type { JsonObject } from '../core/json.ts';
import { customToolNames, unwrapInput } from './custom-tools.ts';
import type { Step } from './steps.ts';

/**
 * Makes calls of the functions that stood for the client's custom tools into calls of those tools. Their arguments are held until they
 * are whole; everything else passes as it comes.
 */
export class CustomCalls {
  readonly #names: ReadonlySet<string>;
  readonly #held = new Map<number, string>();

  /** `request`: the client's, of an OpenAI family. */
  constructor(request: JsonObject) {
    this.#names = customToolNames(request['tools']);
  }

  pass(steps: readonly Step[]): readonly Step[] {
    return this.#names.size === 0 ? steps : steps.flatMap((step) => this.#one(step));
  }

  #one(step: Step): readonly Step[] {
    if (step.kind === 'call-start' && step.custom !== true && this.#names.has(step.name)) {
      this.#held.set(step.block, '');
      return [{ ...step, custom: true }];
    }
    if (step.kind !== 'call-delta' && step.kind !== 'block-end') return [step];
    const held = this.#held.get(step.block);
    if (held === undefined) return [step];
    if (step.kind === 'call-delta') {
      this.#held.set(step.block, held + step.input);
      return [];
    }
    this.#held.delete(step.block);
    return [{ kind: 'call-delta', block: step.block, input: unwrapInput(held) }, step];
  }
}
