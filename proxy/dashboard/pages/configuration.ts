import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import type { VNode } from 'preact';
import type { ShownCheck, ShownDifference, ShownFault, ShownSetting } from '../../admin/dashboard/configuration-views.ts';
import { configurationApi } from '../api/configuration.ts';
import { useLoaded } from '../data.ts';
import { count } from '../format.ts';
import { html } from '../html.ts';
import { Badge, Notice, Section, type Tone } from '../parts/basics.ts';
import { Area, Choice, Field, Form } from '../parts/form.ts';
import { Table, type Column } from '../parts/table.ts';

const SHOWN = Object.entries({ set: 'what is set', all: 'everything' });
/** A page shows so many settings at a time; a search finds the others. */
const MOST = 500;
const IMPLIED: ReadonlySet<string> = new Set(['default', 'derived']);

/** What is in force, where each value comes from, and what another text would change. */
export function ConfigurationPage(): VNode {
  const { value, fault, again } = useLoaded(() => configurationApi.inForce());
  const search = useSignal('');
  const which = useSignal('set');
  const checked = useSignal<ShownCheck | null>(null);
  const check = async ({ text = '' }: Readonly<Record<string, string>>): Promise<void> => {
    checked.value = null;
    checked.value = await configurationApi.check(text);
    await again();
  };
  // The same node: what the page fetches must not undo what is typed.
  const area = useMemo(() => html`<${Area} label="A configuration file" name="text" rows=${12} />`, []);
  const words = search.value.toLowerCase().split(/\s+/);
  const fits = ({ path, value: one, source, kind }: ShownSetting): boolean => {
    const text = `${path} ${shown(one)} ${source}`.toLowerCase();
    return (which.value === 'all' || !IMPLIED.has(kind)) && words.every((word) => text.includes(word));
  };
  const found = value.value?.settings.filter(fits) ?? [];
  return html`<${Section} title=${`In force${value.value ? `: ${value.value.name}` : ''}`}>
      <div class="bar-line">
        <${Field} label="Search" name="search" type="search" onInput=${(text: string) => (search.value = text)} />
        <${Choice} label="Show" name="which" value=${which.value} options=${SHOWN} onInput=${(text: string) => (which.value = text)} />
        <span class="soft">${count(found.length)} of ${count(value.value?.settings.length)} settings</span>
        <button type="button" onClick=${again}>Read again</button>
      </div>
      ${fault.value && html`<${Notice} tone="bad">${fault.value}<//>`}
      <${Table} label="Settings in force" columns=${SETTING_COLUMNS} rows=${found.slice(0, MOST)}
        keyOf=${({ path }: ShownSetting) => path} empty=${value.value ? 'No setting has these words.' : 'Loading …'} />
      ${found.length > MOST && html`<p class="soft">The first ${MOST}; search for the others.</p>`}
    <//>
    <${Section} title="Check a text">
      <p class="soft">
        The text is judged, and compared with what is in force. Nothing is saved: that stays with you, in the file.
        Variables have the values of the proxy where the file in force names them; no file is opened.
      </p>
      <${Form} label="Check a text" submit="Check" onSubmit=${check}>${area}<//>
      ${checked.value && html`<${Verdict} ...${checked.value} />`}
    <//>`;
}

function Verdict({ faults, warnings, difference }: ShownCheck): VNode {
  const isGood = faults.length === 0;
  const sentence = isGood
    ? 'The text can be used.'
    : `The text cannot be used: ${count(faults.length)} ${faults.length === 1 ? 'fault' : 'faults'}.`;
  return html`<${Notice} tone=${isGood ? 'good' : 'bad'}>${sentence}<//>
    ${faults.length > 0 && html`<${Table} label="Faults" columns=${FAULT_COLUMNS} rows=${faults} keyOf=${JSON.stringify} />`}
    ${
      warnings.length > 0 &&
      html`<h3>Warnings</h3>
        <${Table} label="Warnings" columns=${FAULT_COLUMNS} rows=${warnings} keyOf=${JSON.stringify} />`
    }
    ${
      isGood &&
      html`<h3>What it would change</h3>
        <${Table} label="What it would change" columns=${DIFFERENCE_COLUMNS} rows=${difference}
          keyOf=${({ path }: ShownDifference) => path} empty="Nothing." />`
    }`;
}

/** Text as it is, all else as JSON. */
function shown(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

const code = (text: string): VNode => html`<code class="wrap">${text}</code>`;
const TONES: Readonly<Record<ShownDifference['change'], Tone>> = { added: 'good', changed: 'warn', removed: 'bad' };

const SETTING_COLUMNS: readonly Column<ShownSetting>[] = [
  { name: 'Setting', show: ({ path }) => code(path), sort: ({ path }) => path },
  { name: 'Value', show: ({ value }) => code(shown(value)) },
  { name: 'From', show: ({ source }) => source, sort: ({ source }) => source },
];
const FAULT_COLUMNS: readonly Column<ShownFault>[] = [
  { name: 'Line', isNumber: true, show: ({ line }) => line, sort: ({ line }) => line },
  { name: 'Column', isNumber: true, show: ({ column }) => column },
  { name: 'Setting', show: ({ path }) => code(path) },
  { name: 'What', show: ({ message }) => html`<span class="wrap">${message}</span>` },
];
const DIFFERENCE_COLUMNS: readonly Column<ShownDifference>[] = [
  { name: 'Setting', show: ({ path }) => code(path), sort: ({ path }) => path },
  {
    name: 'Change',
    show: ({ change }) => html`<${Badge} tone=${TONES[change]}>${change}<//>`,
    sort: ({ change }) => change,
  },
  { name: 'Now', show: ({ change, before }) => change !== 'added' && code(shown(before)) },
  { name: 'Then', show: ({ change, after }) => change !== 'removed' && code(shown(after)) },
  { name: 'From', show: ({ source }) => source },
];
