/** Ids that are made anew for every generation and cannot be guessed. */
const GENERATION = /"(?:id"\s*:\s*"(?=chatcmpl-|cmpl-|resp_|modr-|msg_01)|responseId"\s*:\s*"(?=[\w-]{22}))([\w-]+)"/;

/**
 * The nonce of the generation that an answer came from: its id, out of a JSON body, a stream, or a parsed object.
 * `undefined` for answers that have none (embeddings, errors).
 */
export function generationOf(answer: unknown): string | undefined {
  const text = answer instanceof Uint8Array ? Buffer.from(answer).toString() : answer;
  return GENERATION.exec(typeof text === 'string' ? text : (JSON.stringify(text) ?? ''))?.[1];
}

/** Whether two answers are the same generation: one of them was replayed, or both were shared. */
export function sameGeneration(one: unknown, other: unknown): boolean {
  const generation = generationOf(one);
  return generation !== undefined && generation === generationOf(other);
}
