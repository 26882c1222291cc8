/** One event of a stream. */
export interface StreamedEvent {
  readonly event: string | undefined;
  readonly data: string;
}

/** The events of a whole stream, by the grammar of EventSource (HTML Standard, section 9.2.6); an unfinished last one is left out. */
export function eventsOf(body: Buffer): readonly StreamedEvent[] {
  const text = body.toString().replace(/^\uFEFF/, '');
  const blocks = text.split(/\r\n\r\n|\n\n|\r\r/).slice(0, -1);
  return blocks.flatMap((block) => {
    const fields = block.split(/\r\n|\n|\r/).map((line) => {
      const colon = line.indexOf(':');
      return colon === -1
        ? ([line, ''] as const)
        : ([line.slice(0, colon), line.slice(colon + 1).replace(/^ /, '')] as const);
    });
    const data = fields.filter(([name]) => name === 'data').map(([, value]) => value);
    if (data.length === 0) return [];
    return [{ event: fields.findLast(([name]) => name === 'event')?.[1], data: data.join('\n') }];
  });
}

/** The data of an event as an object; `undefined` for `[DONE]` and what is no JSON. */
export function dataOf({ data }: StreamedEvent): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}
