import { otherVariable } from '../other-tools.ts';
import type { Members } from './members.ts';

/** Headers that carry a credential. */
const SECRET_NAME = /auth|key|token|secret|cookie|password/i;

/** Puts references to variables in the place of secrets; the same secret gets the same variable. */
export class Secrets {
  readonly #names = new Map<string, string>();

  /** `${NAME}` for what the file has as a reference or as a value; the value itself goes nowhere. */
  reference(value: string, preferred: string, members: Members, name: string): string {
    const variable = otherVariable(value);
    if (variable !== undefined) return `\${${variable}}`;
    const known = this.#names.get(value) ?? this.#free(preferred);
    this.#names.set(value, known);
    members.remark(`is a secret in the file; set the variable ${known} to it`, name);
    return `\${${known}}`;
  }

  /** A text that may be a reference; characters that would be one here are kept as they are. */
  text(value: string): string {
    const variable = otherVariable(value);
    return variable === undefined ? value.replaceAll('${', '$${') : `\${${variable}}`;
  }

  header(name: string, value: string, members: Members): string {
    const preferred = `HEADER_${name.toUpperCase().replaceAll(/\W+/g, '_')}`;
    return SECRET_NAME.test(name) ? this.reference(value, preferred, members, name) : this.text(value);
  }

  #free(preferred: string): string {
    const taken = new Set(this.#names.values());
    let name = preferred;
    for (let count = 2; taken.has(name); count++) name = `${preferred}_${count}`;
    return name;
  }
}

/** `OPENAI_API_KEY`, also for `llama.cpp`. */
export function keyVariable(provider: string): string {
  return `${provider.toUpperCase().replaceAll(/\W+/g, '_')}_API_KEY`;
}
