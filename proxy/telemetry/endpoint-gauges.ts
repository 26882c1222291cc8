import { headText, labelText } from './series.ts';

/** An endpoint at the moment of a scrape. */
export interface EndpointReading {
  readonly id: string;
  readonly state: 'admitting' | 'ejected' | 'probing';
  readonly in_flight: number;
  readonly operations_out: readonly { readonly name: string; readonly state: EndpointReading['state'] }[];
}

const STATES = ['admitting', 'ejected', 'probing'] as const;

interface EndpointGauge {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  /** Values of the labels, and the value. */
  readonly rows: (reading: EndpointReading) => readonly (readonly [labels: readonly string[], value: number])[];
}

const GAUGES: readonly EndpointGauge[] = [
  {
    name: 'llmproxy_endpoint_state',
    help: '1 for the state that the endpoint is in.',
    labels: ['endpoint', 'state'],
    rows: ({ id, state }) => STATES.map((name) => [[id, name], name === state ? 1 : 0]),
  },
  {
    name: 'llmproxy_endpoint_operation_out',
    help: '1 for an operation that is out at an endpoint; absent while it is served.',
    labels: ['endpoint', 'operation', 'state'],
    rows: ({ id, operations_out: out }) => out.map(({ name, state }) => [[id, name, state], 1]),
  },
  {
    name: 'llmproxy_in_flight',
    help: 'Requests that an endpoint is working on.',
    labels: ['endpoint'],
    rows: ({ id, in_flight: requests }) => [[[id], requests]],
  },
];

/** Prometheus text of the endpoints, in parts of a few lines. */
export function* endpointParts(readings: () => Iterable<EndpointReading>): Generator<string> {
  for (const { name, help, labels, rows } of GAUGES) {
    yield headText(name, help, 'gauge');
    for (const reading of readings()) {
      for (const [values, value] of rows(reading)) yield `${name}{${labelText(labels, values)}} ${value}\n`;
    }
  }
}
