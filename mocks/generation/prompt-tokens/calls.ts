/** A call of a function or a custom tool, as a conversation carries it. */
export interface CountedCall {
  readonly name: string;
  /** As it was sent: JSON text for functions, free text for custom tools. */
  readonly input: string;
}

type Count = (text: string) => number;

function parsed(input: string): unknown {
  try {
    return JSON.parse(input);
  } catch {
    return undefined;
  }
}

/** Arguments as compact JSON; what is no JSON stays as it is. */
export function compactInput(input: string): string {
  const value = parsed(input);
  return value === undefined ? input : JSON.stringify(value);
}

/** Tokens of `functions.NAME`, which is how the model addresses a function. */
export const addressTokens = (name: string, count: Count): number => count(`functions.${name}`);

/** Several calls of one turn as the one call of a helper that they are for the model. */
export function parallelText(calls: readonly CountedCall[]): string {
  const uses = calls.map(
    ({ name, input }) =>
      `{"recipient_name":${JSON.stringify(`functions.${name}`)},"parameters":${compactInput(input)}}`,
  );
  return `{"tool_uses":[${uses.join(',')}]}`;
}
