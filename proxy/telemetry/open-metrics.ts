export const PROMETHEUS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';
export const OPEN_METRICS_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

/** Whether a scraper prefers OpenMetrics to the text format of Prometheus. */
export function prefersOpenMetrics(accept: string | undefined): boolean {
  const wanted = weightOf(accept, 'application/openmetrics-text');
  return wanted > 0 && wanted >= weightOf(accept, 'text/plain');
}

/** The quality that an `Accept` header gives a type (RFC 9110 section 12.4.2); 0 when it does not name it. */
function weightOf(accept: string | undefined, type: string): number {
  const ranges = (accept ?? '').toLowerCase().split(',');
  const parameters = ranges.map((range) => range.split(';').map((part) => part.trim())).find(([name]) => name === type);
  if (!parameters) return 0;
  const quality = parameters.find((part) => part.startsWith('q='))?.slice('q='.length);
  return quality === undefined ? 1 : Number(quality) || 0;
}

/** Text of Prometheus' format 0.0.4 as OpenMetrics 1.0: a counter's family has no `_total`, and the text an end. */
export async function* openMetrics(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const piece of pieces) yield openMetricsPiece(piece);
  yield '# EOF\n';
}

/** A piece of whole lines, in which the two first lines of a metric stand together. */
function openMetricsPiece(text: string): string {
  const lines = text.split('\n').filter((line) => line !== '');
  const counters = new Set(lines.flatMap((line) => /^# TYPE (\S+)_total counter$/.exec(line)?.[1] ?? []));
  const renamed = lines.map((line) =>
    line.replace(/^# (HELP|TYPE) (\S+)_total /, (whole, word: string, name: string) =>
      counters.has(name) ? `# ${word} ${name} ` : whole,
    ),
  );
  return renamed.map((line) => `${line}\n`).join('');
}
