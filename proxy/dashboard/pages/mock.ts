import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { VNode } from 'preact';
import { mocksApi, type MockEntry, type MockRule, type MockState } from '../api/mocks.ts';
import { useLoaded } from '../data.ts';
import { clockTime, count, moment, ms } from '../format.ts';
import { html } from '../html.ts';
import { Badge, Notice, Section } from '../parts/basics.ts';
import { Action, Area, Choice, Field, Form } from '../parts/form.ts';
import { Table, type Column } from '../parts/table.ts';

const LIST_MS = 10_000;
const FAULTS = [
  ['server-error', '500'],
  ['rate-limit;seconds=5', '429, come back in 5 s'],
  ['overloaded', '503'],
  ['unauthorized', '401'],
  ['delay;ms=3000', 'slow first byte, 3 s'],
  ['hang', 'no answer at all'],
  ['stall', 'head, then silence'],
  ['stall-mid;after=3', 'silence mid-stream'],
  ['cut;after=3', 'cut mid-stream'],
  ['error-mid', 'error mid-stream'],
  ['malformed-event', 'malformed event'],
  ['truncated-json', 'half a JSON'],
  ['empty', 'empty answer'],
  ['reset', 'connection reset'],
] as const;
/** What can be put in by hand: route, name, example. */
const KINDS = [
  ['POST answers', 'answer', '{"match": {"model": "gpt-4o-mini"}, "times": 1, "answer": "Hello"}'],
  ['POST faults', 'fault', '{"fault": "trickle;ms=500", "rate": 0.2}'],
  ['PUT script', 'script', '{"rules": [{"match": {"text": "hi"}, "answer": "Hello"}]}'],
  ['PUT limits', 'limits', '{"rpm": 3}'],
] as const;
const STEPS = [
  ['1 s', 1_000],
  ['1 min', 60_000],
  ['1 h', 3_600_000],
] as const;

interface PartProps {
  readonly state: MockState;
  /** Sends a route of the control API, `METHOD name`. */
  readonly act: (route: string, body?: unknown) => Promise<void>;
}

/** The mocks that the configuration names: what they received, and what they are to do. */
export function MockPage(): VNode {
  const chosen = useSignal('');
  const { value, fault } = useLoaded(mocksApi.list, LIST_MS);
  const mocks = value.value ?? [];
  const place = mocks.find(({ name }) => name === chosen.value) ?? mocks[0];
  if (fault.value !== undefined) return html`<${Notice} tone="bad">${fault.value}<//>`;
  if (place === undefined) {
    return html`<${Notice}
      >${value.value ? 'The configuration names no mock: no endpoint has the provider mock.' : 'Loading …'}<//>`;
  }
  return html`<div class="bar-line">
      <${Choice} label="Mock" name="mock" value=${place.name} options=${mocks.map(({ name }) => [name, name])}
        onInput=${(name: string) => (chosen.value = name)} />
      <${Badge}>${place.bundled ? 'bundled' : 'connected'}<//>
      <span class="said soft">${place.address} · ${place.endpoints.join(', ')}</span>
    </div>
    <${OneMock} key=${place.name} name=${place.name} />`;
}

function OneMock({ name }: { name: string }): VNode {
  const said = useSignal<Partial<MockState>>({});
  useEffect(() => mocksApi.events(name, { news: (news) => (said.value = { ...said.value, ...news }) }), []);
  const act: PartProps['act'] = async (route, body) => {
    const [method, path = ''] = route.split(' ');
    await mocksApi.call(name, method as 'POST', path, body);
  };
  const trouble = said.value.fault ? html`<${Notice} tone="bad">${said.value.fault}<//>` : null;
  if (said.value.journal === undefined) return trouble ?? html`<${Notice}>Asking the mock …<//>`;
  const state = said.value as MockState;
  return html`${trouble}
    <${Faults} state=${state} act=${act} />
    <${Rules} state=${state} act=${act} />
    <div class="columns"><${Clock} state=${state} act=${act} /><${Limits} state=${state} act=${act} /></div>
    <${Journal} state=${state} act=${act} />`;
}

/** One click plays a fault from now on, the next one ends it. */
function Faults({ state, act }: PartProps): VNode {
  const model = useSignal('');
  const times = useSignal('');
  const { scripted } = state.faults;
  const toggle = async (fault: string, on: readonly MockRule[]): Promise<void> => {
    for (const { id } of on) await act(`DELETE faults?id=${id}`);
    if (on.length > 0) return;
    const match = model.value === '' ? {} : { match: { model: model.value } };
    await act('POST faults', { fault, ...match, ...(times.value === '' ? {} : { times: Number(times.value) }) });
  };
  return html`<${Section} title="Faults" actions=${html`<${Action} onClick=${() => act('DELETE faults')}>All off<//>`}>
    <div class="bar-line">
      <${Field} label="Only this model" name="model" onInput=${(text: string) => (model.value = text)} />
      <${Field} label="Times, else until off" name="times" type="number" onInput=${(text: string) => (times.value = text)} />
    </div>
    <div class="actions">
      ${FAULTS.map(([fault, label]) => {
        const on = scripted.filter(({ rule }) => rule?.fault === fault);
        return html`<${Action} key=${fault} pressed=${on.length > 0} onClick=${() => toggle(fault, on)}>${label}<//>`;
      })}
    </div>
  <//>`;
}

type Scripted = MockRule & { readonly list: 'answers' | 'faults' };

function Rules({ state: { answers, faults, script }, act }: PartProps): VNode {
  const kind = useSignal<string>(KINDS[0][0]);
  const json = useSignal<string>(KINDS[0][2]);
  const turnTo = (route: string): void => {
    kind.value = route;
    json.value = KINDS.find(([one]) => one === route)?.[2] ?? '';
  };
  const rows: Scripted[] = [
    ...answers.scripted.map((one) => ({ ...one, list: 'answers' as const })),
    ...faults.scripted.map((one) => ({ ...one, list: 'faults' as const })),
  ];
  const columns: Column<Scripted>[] = [
    { name: 'Rule', show: ({ rule }) => html`<code>${JSON.stringify(rule)}</code>` },
    { name: 'Uses left', show: ({ left }) => (left === null ? 'any number' : count(left)), isNumber: true },
    { name: '', show: ({ list, id }) => html`<${Action} onClick=${() => act(`DELETE ${list}?id=${id}`)}>Remove<//>` },
  ];
  return html`<${Section} title="Rules"
    actions=${script.script === null ? null : html`<${Action} onClick=${() => act('DELETE script')}>Take away the script of ${script.script.rules.length} rules<//>`}>
    <${Table} label="Scripted answers and faults" columns=${columns} rows=${rows} keyOf=${({ list, id }: Scripted) => `${list} ${id}`}
      empty="The mock answers as it does by itself." />
    <${Form} label="Add a rule" submit="Add" onSubmit=${async () => act(kind.value, JSON.parse(json.value))}>
      <${Choice} label="What" name="kind" value=${kind.value} options=${KINDS.map(([route, name]) => [route, name])} onInput=${turnTo} />
      <${Area} label="As JSON" name="json" rows=${3} value=${json.value} onInput=${(text: string) => (json.value = text)} />
    <//>
  <//>`;
}

function Clock({ state: { clock }, act }: PartProps): VNode {
  const isVirtual = clock.kind === 'virtual';
  return html`<${Section} title="Clock">
    <p>${moment(clock.now)} <${Badge}>${clock.kind}<//>${isVirtual ? ` ${count(clock.waiting)} wait for it` : ''}</p>
    ${
      isVirtual
        ? html`<div class="actions">
            ${STEPS.map(([label, advance]) => html`<${Action} key=${label} onClick=${() => act('POST clock', { advance })}>+ ${label}<//>`)}
            <${Action} onClick=${() => act('POST clock', { runAll: true })}>Until nothing waits<//>
          </div>`
        : html`<p class="soft">
            It runs with real time. A mock that is started with <code>--clock virtual</code> stands still until it is
            moved here.
          </p>`
    }
  <//>`;
}

function Limits({ state: { limits }, act }: PartProps): VNode {
  const levels = limits.buckets.map(
    ({ key, model, limits: named }) =>
      `${key ?? 'organization'} ${model}: ${Object.entries(named)
        .map(([name, { remaining, limit }]) => `${name} ${count(remaining)} of ${count(limit)}`)
        .join(', ')}`,
  );
  return html`<${Section} title="Limits"
    actions=${limits.settings === null ? null : html`<${Action} onClick=${() => act('DELETE limits')}>Take away<//>`}>
    <pre tabindex="0">
${limits.settings === null ? 'None.' : [JSON.stringify(limits.settings), ...levels].join('\n')}</pre>
  <//>`;
}

const COLUMNS: readonly Column<MockEntry>[] = [
  { name: 'At', show: ({ at }) => clockTime(at) },
  { name: 'Request', show: ({ method, path }) => `${method} ${path}` },
  { name: 'Model', show: ({ model }) => model },
  {
    name: 'Status',
    show: ({ status, aborted }) => html`${status} ${aborted ? html`<${Badge} tone="warn">left<//>` : null}`,
  },
  { name: 'Fault or rule', show: ({ fault, rule }) => fault ?? rule },
  { name: 'Events', show: ({ eventsOut }) => count(eventsOut), isNumber: true },
  { name: 'Took', show: ({ at, endedAt }) => ms(endedAt === undefined ? null : endedAt - at), isNumber: true },
];

function Journal({ state, act }: PartProps): VNode {
  const open = useSignal<string | undefined>(undefined);
  const entries = state.journal.entries.toReversed();
  const shown = entries.find(({ id }) => id === open.value);
  return html`<${Section}
    title="Journal"
    actions=${html`<${Action} onClick=${() => act('DELETE journal')}>Forget<//>
      <${Action} confirm="Forget rules and stored objects too?" onClick=${() => act('POST reset')}>Reset the mock<//>`}
  >
    <${Table} label="The last 100 requests that the mock received" columns=${COLUMNS} rows=${entries}
      keyOf=${({ id }: MockEntry) => id} open=${open.value}
      onOpen=${({ id }: MockEntry) => (open.value = open.value === id ? undefined : id)} />
    ${shown ? html`<pre tabindex="0">${JSON.stringify(shown, null, 2)}</pre>` : null}
  <//>`;
}
