import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import type { EndpointView, ModelView } from '../../admin/dashboard/models-view.ts';
import { modelsApi } from '../api/models.ts';
import { useLoaded } from '../data.ts';
import { clockTime, count, moment, ms, percent, seconds } from '../format.ts';
import { html, type Content } from '../html.ts';
import { Badge, Bar, Notice, Section, Tile, type Tone } from '../parts/basics.ts';
import { Action, Choice, Field } from '../parts/form.ts';
import { numbers, Table, type Column } from '../parts/table.ts';

const EVERY_MS = 2_000;
const TONES: Readonly<Record<EndpointView['state'], Tone>> = { admitting: 'good', probing: 'warn', ejected: 'bad' };
const TIMES = [
  ['60', '1 min'],
  ['600', '10 min'],
  ['3600', '1 h'],
  ['86400', '24 h'],
] as const;

/** Every model with its endpoints; they can be taken out and back by hand. */
export function ModelsPage(): VNode {
  const { value, fault, again } = useLoaded(modelsApi.list, EVERY_MS);
  const search = useSignal('');
  const models = value.value?.models;
  if (models === undefined) {
    return html`<${Notice} tone=${fault.value ? 'bad' : 'plain'}>${fault.value ?? 'Loading …'}<//>`;
  }
  const endpoints = models.flatMap((model) => model.endpoints);
  const outs = endpoints.filter(({ state }) => state !== 'admitting');
  const words = search.value.toLowerCase();
  const shown = models.filter(({ name, endpoints: all }) =>
    all.some((one) => `${name} ${one.id} ${one.provider} ${one.base_url}`.toLowerCase().includes(words)),
  );
  return html`${fault.value ? html`<${Notice} tone="bad">${fault.value}<//>` : null}
    <div class="tiles">
      <${Tile} name="Models" value=${count(models.length)} note=${`${count(endpoints.length)} endpoints`} />
      <${Tile}
        name="Endpoints out"
        value=${count(outs.length)}
        note=${`${outs.filter((one) => one.ejected_by_hand).length} by hand`}
      />
      <${Tile}
        name="In flight"
        value=${count(sum(endpoints, (one) => one.in_flight))}
        note=${`${count(sum(endpoints, (one) => one.recent_requests))} attempts in ${seconds(models[0]?.recent_seconds)}`}
      />
    </div>
    <div class="bar-line">
      <${Field}
        label="Search"
        name="search"
        type="search"
        placeholder="model, endpoint, provider, address"
        onInput=${(text: string) => (search.value = text)}
      />
    </div>
    ${shown.length === 0 ? html`<${Notice}>No model has that.<//>` : null}
    ${shown.map((model) => html`<${ModelSection} key=${model.name} model=${model} again=${again} />`)}`;
}

function ModelSection({ model, again }: { model: ModelView; again: () => Promise<void> }): VNode {
  const open = useSignal<string | undefined>(undefined);
  const { endpoints } = model;
  const opened = endpoints.find(({ id }) => id === open.value);
  const isDown = endpoints.every(({ state }) => state !== 'admitting');
  return html`<${Section}
    title=${model.name}
    actions=${html`<${Badge}>${model.strategy}<//>${isDown ? html`<${Badge} tone="bad">no endpoint admits<//>` : null}`}
  >
    <${Table}
      label=${`Endpoints of ${model.name}`}
      columns=${columnsOf(model)}
      rows=${endpoints}
      keyOf=${({ id }: EndpointView) => id}
      open=${open.value}
      onOpen=${({ id }: EndpointView) => (open.value = open.value === id ? undefined : id)}
    />
    ${opened ? html`<${Detail} key=${opened.id} endpoint=${opened} isLast=${isLast(opened, endpoints)} again=${again} />` : null}
  <//>`;
}

function columnsOf({ recent_seconds: span }: ModelView): readonly Column<EndpointView>[] {
  return [
    { name: 'Endpoint', show: ({ id }) => nameOf(id), sort: ({ id }) => id },
    { name: 'State', show: stateOf, sort: ({ state }) => state },
    { name: 'Wanted', show: wantedOf, sort: (one) => one.wanted_share },
    { name: `Got, ${seconds(span)}`, show: (one) => shareBar(one.recent_share), sort: (one) => one.recent_share },
    numbers('Since start', (one) => one.total_share, percent),
    numbers('In flight', (one) => one.in_flight),
    numbers('Requests', (one) => one.requests),
    numbers('Success', (one) => (one.requests === 0 ? null : one.success_rate), percent),
    numbers('p50', (one) => one.latency_ms?.p50, ms),
    numbers('p95', (one) => one.latency_ms?.p95, ms),
    numbers('First token', (one) => one.ttft_ms?.p50, ms),
    { name: 'Last error', show: lastError, sort: (one) => one.last_error?.at },
  ];
}

function stateOf({ state, ejected_by_hand: hand, ejected_until: until, operations_out: ops }: EndpointView): Content {
  return html`<${Badge} tone=${TONES[state]}>${hand ? 'out by hand' : state}<//>
    ${state === 'ejected' ? html` <small>until ${clockTime(until)}</small>` : null}
    ${state === 'admitting' && ops.length > 0 ? html` <${Badge} tone="warn">operations out: ${ops.length}<//>` : null}`;
}

function wantedOf({ wanted_share: share, weight, priority }: EndpointView): Content {
  const terms = `weight ${weight}${priority === 1 ? '' : `, tier ${priority}`}`;
  return share === null ? html`<small>as measured, ${terms}</small>` : shareBar(share, ` · ${terms}`);
}

function shareBar(share: number | null, more = ''): Content {
  return share === null ? '–' : html`<${Bar} share=${share} label=${percent(share) + more} />`;
}

function lastError({ last_error: error }: EndpointView): Content {
  return error ? html`<span title=${error.reason}>${error.kind} <small>${clockTime(error.at)}</small></span>` : '–';
}

interface DetailProps {
  readonly endpoint: EndpointView;
  /** Nothing else serves its model now. */
  readonly isLast: boolean;
  readonly again: () => Promise<void>;
}

/** All that is known of one endpoint, and what can be done to it. */
function Detail({ endpoint, isLast: last, again }: DetailProps): VNode {
  const time = useSignal('600');
  const { id, last_error: error, rate_limits: limits = {} } = endpoint;
  const move = async (change: Promise<unknown>): Promise<void> => {
    await change;
    await again();
  };
  const rows: readonly (readonly [string, Content])[] = [
    ['Provider', endpoint.provider],
    ['Address', html`<span class="mono">${endpoint.base_url}</span>`],
    ['State', whyOut(endpoint)],
    ['Parts out', [...endpoint.operations_out, ...endpoint.models_out].map(out).join('; ') || 'none'],
    ['Answers', percentiles(endpoint.latency_ms)],
    ['First token', percentiles(endpoint.ttft_ms)],
    ['Failures', `${count(endpoint.failures)} of ${count(endpoint.requests)} attempts`],
    ['Last error', error ? `${moment(error.at)} ${error.kind}: ${error.reason}` : 'none'],
    ['Rate limits left', limitsOf(limits)],
  ];
  return html`<h3>${id}</h3>
    <dl>
      ${rows.map(
        ([name, text]) =>
          html`<dt key=${name}>${name}</dt>
            <dd>${text}</dd>`,
      )}
    </dl>
    <div class="bar-line">
      <${Choice}
        label="For"
        name="time"
        value=${time.value}
        options=${TIMES}
        onInput=${(text: string) => (time.value = text)}
      />
      <${Action}
        tone="bad"
        confirm=${last ? 'It is the last that admits: eject it all the same' : 'Yes, eject it'}
        onClick=${() => move(modelsApi.eject(id, Number(time.value), last))}
        >Eject ${nameOf(id)}<//
      >
      <${Action} onClick=${() => move(modelsApi.admit(id))}>Admit ${nameOf(id)}<//>
    </div>`;
}

function whyOut({ state, ejected_by_hand: hand, ejected_until: until, last_error: error }: EndpointView): string {
  if (hand) return `Out by hand since ${moment(hand.at)} until ${moment(hand.until)}, by ${hand.by}.`;
  if (state === 'admitting') return 'It admits.';
  const why = error ? `, after ${error.kind}` : '';
  return state === 'probing' ? `One request finds out whether it is well${why}.` : `Out until ${moment(until)}${why}.`;
}

function out({ name, state, ejected_until: until }: EndpointView['operations_out'][number]): string {
  return `${name} ${state} until ${moment(until)}`;
}

function percentiles(found: EndpointView['latency_ms']): string {
  return found ? `p50 ${ms(found.p50)}, p95 ${ms(found.p95)}, p99 ${ms(found.p99)} of the last minutes` : 'none lately';
}

function limitsOf(limits: NonNullable<EndpointView['rate_limits']>): string {
  const known = Object.entries(limits).map(([name, one]) => `${name} ${count(one.remaining)} of ${count(one.limit)}`);
  return known.join('; ') || 'not known (see routing.rate_limit_shares)';
}

/** Nothing but this endpoint serves its model now. */
function isLast({ id }: EndpointView, all: readonly EndpointView[]): boolean {
  return all.every((one) => one.id === id || one.state !== 'admitting');
}

/** Without the model in front of it. */
function nameOf(id: string): string {
  return id.slice(id.lastIndexOf('/') + 1);
}

function sum(endpoints: readonly EndpointView[], read: (endpoint: EndpointView) => number): number {
  return endpoints.reduce((total, endpoint) => total + read(endpoint), 0);
}
