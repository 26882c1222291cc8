/** A test that shows something: `proof('tests/x.test.ts', 'its title')`. A house test looks for both. */
export interface Proof {
  readonly file: string;
  readonly title: string;
}

/**
 * `honoured`: the answer differs by it as the provider's does · `echoed`: it comes back where the provider shows it, and changes
 * nothing else · `accepted`: let in and without effect.
 */
export type Treatment = 'honoured' | 'echoed' | 'accepted';

export interface Field {
  readonly treatment: Treatment;
  readonly what: string;
  readonly proof: Proof;
}

export type Fields = Readonly<Record<string, Field>>;

export function proof(file: string, title: string): Proof {
  return { file, title };
}

function of(treatment: Treatment) {
  return (what: string, shown: Proof): Field => ({ treatment, what, proof: shown });
}

export const honoured = of('honoured');
export const echoed = of('echoed');
export const accepted = of('accepted');
