import { useComputed, useSignal, type Signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { VNode } from 'preact';
import { playgroundApi } from '../api/playground.ts';
import { session } from '../client.ts';
import { useLoaded } from '../data.ts';
import { html } from '../html.ts';
import { Section } from '../parts/basics.ts';
import { Action, Area, Choice, Field } from '../parts/form.ts';
import { bodyOf, type Draft, EMPTY_DRAFT, withModel } from '../playground/draft.ts';
import { RunView } from '../playground/run-view.ts';
import { type Run, send } from '../playground/run.ts';

/** One model, or one endpoint of it, that a request is sent to. */
interface Pane {
  readonly name: string;
  /** Left out = the first one. */
  readonly model?: string;
  /** Empty = as the proxy chooses. */
  readonly endpoint: string;
  readonly run?: Run | undefined;
}

const APIS = Object.entries({ chat: 'Chat Completions', responses: 'Responses' });
const SHAPES = Object.entries({ stream: 'stream', json: 'whole JSON' });
const CACHE = Object.entries({
  '': 'as configured',
  'no-cache': 'ask anew, store (no-cache)',
  'no-store': 'do not store (no-store)',
  'only-if-cached': 'cache alone (only-if-cached)',
});

/** Sends requests to the proxy as a client does, to one model or endpoint or to two at the same time. */
export function PlaygroundPage(): VNode {
  const draft = useSignal<Draft>(EMPTY_DRAFT);
  /** Null while it follows the form. */
  const written = useSignal<string | null>(null);
  const key = useSignal('');
  const panes = useSignal<readonly Pane[]>([{ name: 'A', endpoint: '' }]);
  const stops = useSignal(new Map<string, AbortController>());
  const { value: known, again } = useLoaded(() => playgroundApi.models(key.value));
  const body = useComputed(() => written.value ?? JSON.stringify(bodyOf(draft.value), null, 2));
  const isRunning = panes.value.some(({ run }) => run?.state === 'running');
  const stop = (name?: string): void => stops.value.forEach((one, of) => (name ?? of) === of && one.abort());
  useEffect(() => () => stop(), []);

  const change = (name: string, news: Partial<Pane>): void => {
    panes.value = panes.value.map((pane) => (pane.name === name ? { ...pane, ...news } : pane));
  };
  const sendAll = (): void => {
    stop();
    for (const { name, model, endpoint } of panes.value) {
      const sent = withModel(body.value, model ?? known.value?.names[0] ?? '');
      const call = { api: draft.value.api, body: sent, headers: headersOf(draft.value, key.value, endpoint) };
      const controller = new AbortController();
      stops.value.set(name, controller);
      // What one that was stopped still says is of a request before.
      const show = (run: Run): false | void => stops.value.get(name) === controller && change(name, { run });
      void send(call, controller.signal, show);
    }
  };
  const edit = (part: keyof Draft) => (value: string) => (draft.value = { ...draft.value, [part]: value });
  const both = panes.value.length > 1;
  return html`<${Section} title="Request">
      <div class="bar-line">
        <${Choice} label="API" name="api" options=${APIS} value=${draft.value.api} onInput=${edit('api')} />
        <${Choice} label="Answer" name="shape" options=${SHAPES} value=${draft.value.shape} onInput=${edit('shape')} />
        <${Choice} label="Cache" name="cache" options=${CACHE} value=${draft.value.cache} onInput=${edit('cache')} />
        <${Field} label="Temperature" name="temperature" type="number" onInput=${edit('temperature')} />
        <${Field} label="Most tokens" name="most" type="number" onInput=${edit('most')} />
        <div onChange=${again}>
          <${Field} label="Key, where one is needed" name="key" type="password"
            onInput=${(value: string) => (key.value = value.trim())} />
        </div>
      </div>
      <${Area} label="System prompt" name="system" rows=${2} value=${draft.value.system} onInput=${edit('system')} />
      <${Area} label="Prompt" name="prompt" rows=${4} value=${draft.value.prompt} onInput=${edit('prompt')} />
      <details>
        <summary>Body as JSON${written.value === null ? '' : ', changed by hand'}</summary>
        <${Area} label="Body; the model of each pane is added where it names none" name="body" rows=${12} value=${body.value}
          onInput=${(value: string) => (written.value = value)} />
        <button type="button" disabled=${written.value === null} onClick=${() => (written.value = null)}>
          As in the form
        </button>
      </details>
      <div class="actions">
        <${Action} onClick=${sendAll}>Send<//>
        <button type="button" disabled=${!isRunning} onClick=${() => stop()}>Stop</button>
        <button type="button" aria-pressed=${both} onClick=${() => toggle(panes, stop)}>Compare two</button>
      </div>
    <//>
    <div class="columns">
      ${panes.value.map((pane) => html`<${PaneView} key=${pane.name} pane=${pane} known=${known.value} change=${change} stop=${stop} />`)}
    </div>`;
}

interface PaneProps {
  readonly pane: Pane;
  readonly known: Awaited<ReturnType<typeof playgroundApi.models>> | undefined;
  readonly change: (name: string, news: Partial<Pane>) => void;
  readonly stop: (name: string) => void;
}

function PaneView({ pane, known, change, stop }: PaneProps): VNode {
  const { name, model = known?.names[0] ?? '', endpoint, run } = pane;
  const choices = html`<${Choice} label="Model" name=${`model-${name}`} value=${model} options=${pairs(known?.names)}
    onInput=${(one: string) => change(name, { model: one, endpoint: '' })} /><${Choice} label="Endpoint" name=${`endpoint-${name}`}
      value=${endpoint} options=${[['', 'as the proxy chooses'], ...pairs(known?.endpoints[model])]}
      onInput=${(one: string) => change(name, { endpoint: one })} />`;
  return html`<${Section} title=${`Answer ${name}`} actions=${choices}>
    ${run ? html`<${RunView} run=${run} onStop=${() => stop(name)} />` : html`<p class="soft">Nothing was sent yet.</p>`}
  <//>`;
}

function pairs(names: readonly string[] = []): (readonly [string, string])[] {
  return names.map((name) => [name, name]);
}

function toggle(panes: Signal<readonly Pane[]>, stop: (name: string) => void): void {
  const [first, second] = panes.value;
  if (first === undefined) return;
  if (second) stop(second.name);
  panes.value = second ? [first] : [first, { ...first, name: 'B', run: undefined }];
}

function headersOf({ cache }: Draft, key: string, endpoint: string): Record<string, string> {
  const csrf = session.value?.csrf;
  return {
    'content-type': 'application/json',
    ...(key === '' ? {} : { authorization: `Bearer ${key}` }),
    ...(cache === '' ? {} : { 'cache-control': cache }),
    ...(endpoint === '' ? {} : { 'x-llmproxy-endpoint': endpoint, ...(csrf ? { 'x-csrf-token': csrf } : {}) }),
  };
}
