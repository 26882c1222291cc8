import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** A span as a collector gets it, with its attributes by their names. */
export interface Span {
  readonly name: string;
  readonly kind: 'internal' | 'server' | 'client';
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly traceState: string | undefined;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly isError: boolean;
  /** Nanoseconds since the epoch. */
  readonly begin: bigint;
  readonly end: bigint;
  /** Attributes of what has exported it. */
  readonly resource: Readonly<Record<string, unknown>>;
}

export interface Collector {
  readonly url: string;
  readonly spans: readonly Span[];
  /** Everything that was received, as it came. */
  readonly bytes: readonly Buffer[];
  readonly heads: readonly { readonly path: string; readonly headers: IncomingHttpHeaders }[];
}

interface Value {
  readonly stringValue?: string;
  readonly intValue?: number | string;
  readonly doubleValue?: number;
  readonly boolValue?: boolean;
  readonly arrayValue?: { readonly values?: readonly Value[] };
}

interface Pair {
  readonly key: string;
  readonly value: Value;
}

interface WrittenSpan {
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly traceState?: string;
  readonly attributes?: readonly Pair[];
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly status?: { readonly code?: number };
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
}

interface ExportRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes?: readonly Pair[] };
    readonly scopeSpans: readonly { readonly spans: readonly WrittenSpan[] }[];
  }[];
}

const KINDS = ['internal', 'internal', 'server', 'client'] as const;

/** A collector of OTLP over HTTP, which reads what comes as JSON. `answer`: its status, or `never`. */
export async function startCollector(answer: number | 'never' = 200): Promise<Collector> {
  const spans: Span[] = [];
  const bytes: Buffer[] = [];
  const heads: Collector['heads'][number][] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const body = Buffer.concat(parts);
      bytes.push(body);
      heads.push({ path: request.url ?? '', headers: request.headers });
      if (request.headers['content-type'] === 'application/json') spans.push(...spansIn(body));
      if (answer !== 'never') response.writeHead(answer, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, spans, bytes, heads };
}

/** The variables that have a program export there soon. */
export function exportsTo({ url }: Pick<Collector, 'url'>, more: Record<string, string> = {}): Record<string, string> {
  return {
    OTEL_EXPORTER_OTLP_ENDPOINT: url,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_BSP_SCHEDULE_DELAY: '20',
    ...more,
  };
}

function spansIn(body: Buffer): Span[] {
  const { resourceSpans } = JSON.parse(body.toString()) as ExportRequest;
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) => spans.map((span) => spanOf(span, valuesOf(resource.attributes)))),
  );
}

function spanOf(written: WrittenSpan, resource: Span['resource']): Span {
  const { name, kind, traceId, spanId, parentSpanId, traceState, attributes, links = [], status } = written;
  return {
    name,
    kind: KINDS[kind] ?? 'internal',
    traceId,
    spanId,
    parentSpanId: parentSpanId === '' ? undefined : parentSpanId,
    traceState: traceState === '' ? undefined : traceState,
    attributes: valuesOf(attributes),
    links: links.map((link) => ({ traceId: link.traceId, spanId: link.spanId })),
    isError: status?.code === 2,
    begin: BigInt(written.startTimeUnixNano),
    end: BigInt(written.endTimeUnixNano),
    resource,
  };
}

function valuesOf(pairs: readonly Pair[] = []): Record<string, unknown> {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, plain(value)]));
}

function plain({ stringValue, intValue, doubleValue, boolValue, arrayValue }: Value): unknown {
  if (arrayValue) return (arrayValue.values ?? []).map(plain);
  return stringValue ?? boolValue ?? doubleValue ?? (intValue === undefined ? undefined : Number(intValue));
}
