/** What the form of the playground has in its fields; `cache`: value of `cache-control`. */
export const EMPTY_DRAFT = {
  api: 'chat' as 'chat' | 'responses',
  shape: 'stream' as 'stream' | 'json',
  cache: '',
  system: '',
  prompt: 'Say hello in five words.',
  temperature: '',
  most: '',
};
export type Draft = Readonly<typeof EMPTY_DRAFT>;

/** The body of a request, without its model. Members that are undefined are none. */
export function bodyOf({ api, shape, system, prompt, temperature, most }: Draft): Readonly<Record<string, unknown>> {
  const stream = shape === 'stream';
  const tuned = { temperature: temperature === '' ? undefined : Number(temperature) };
  const limit = most === '' ? undefined : Number(most);
  if (api === 'responses') {
    return { instructions: system || undefined, input: prompt, ...tuned, max_output_tokens: limit, stream };
  }
  const messages = [
    { role: 'system', content: system },
    { role: 'user', content: prompt },
  ].slice(system === '' ? 1 : 0);
  const usage = { stream_options: stream ? { include_usage: true } : undefined };
  return { messages, ...tuned, max_tokens: limit, stream, ...usage };
}

/** A body with the model of a pane, unless it names one. What is no JSON object goes out as it is: the proxy says what is wrong with it. */
export function withModel(body: string, model: string): string {
  try {
    const value: unknown = JSON.parse(body);
    return value?.constructor === Object ? JSON.stringify({ model, ...value }) : body;
  } catch {
    return body;
  }
}
