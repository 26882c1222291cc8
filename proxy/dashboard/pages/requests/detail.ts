import { useEffect, useRef } from 'preact/hooks';
import type { VNode } from 'preact';
import { exchangesApi, type BodyView, type ExchangeAnswer, type ExchangeRow } from '../../api/exchanges.ts';
import { useLoaded } from '../../data.ts';
import { bytes, count, money, moment, ms } from '../../format.ts';
import { html, type Content } from '../../html.ts';
import { Badge, Notice, Section, type Tone } from '../../parts/basics.ts';
import { curlOf } from './curl.ts';
import { KeyParts } from './key-parts.ts';
import { Waterfall } from './waterfall.ts';

type Facts = readonly (readonly [name: string, value: Content])[];

/** One request with all that is known of it; Escape closes it. `other`: one that its key is compared with. */
export function Detail({ id, other }: { id: string; other: string }): VNode {
  const loaded = useLoaded(() => exchangesApi.one(id));
  const box = useRef<HTMLDivElement>(null);
  const close = (): void => void (location.hash = '#/requests');
  useEffect(() => box.current?.focus(), []);
  const { value: one } = loaded.value;
  return html`<div ref=${box} tabindex="-1" onKeyDown=${({ key }: KeyboardEvent) => key === 'Escape' && close()}>
    <${Section} title=${`Request ${id}`} actions=${html`<button type="button" onClick=${close}>Close</button>`}>
      ${loaded.fault.value && html`<${Notice} tone="bad">${loaded.fault.value}<//>`}
      ${one && html`<${Known} one=${one} other=${other} />`}
    <//>
  </div>`;
}

function Known({ one, other }: { one: ExchangeAnswer; other: string }): VNode {
  const { bodies, capture } = one;
  return html`<div class="columns"><${List} of=${factsOf(one)} /><${List} of=${one.headers ?? []} /></div>
    <h3>Where the time went</h3>
    <${Waterfall} one=${one} />
    <h3>Key in the cache</h3>
    <${KeyParts} key=${other} one=${one} other=${other} />
    <h3>Bodies</h3>
    ${bodies ? html`<${Body} name="Request" body=${bodies.request} /><${Body} name="Answer" body=${bodies.answer} />` : html`<${Notice}>${capture ? 'Those of this one are gone.' : 'They are not kept (admin.capture: false).'}<//>`}
    <h3>The same with curl</h3>
    <pre tabindex="0">${curlOf(one, location.origin)}</pre>`;
}

function List({ of }: { of: Facts }): VNode {
  return html`<dl>${of.flatMap(([name, value]) => [html`<dt>${name}</dt>`, html`<dd>${value}</dd>`])}</dl>`;
}

function factsOf(one: ExchangeAnswer): Facts {
  const { tokens, key, key_name: name, made_for: madeFor, others, lookup } = one;
  const link = (id: string, text: string): VNode => html`<a href=${`#/requests/${id}`}>${text}</a> `;
  const found = lookup && `, found in ${lookup.tier}`;
  return [
    ['Came', moment(one.at)],
    ['Request', `${one.method} ${one.path} (${one.operation}${one.stream ? ', stream' : ''})`],
    ['Model', one.model ?? '–'],
    ['Status', [html`<${Badge} tone=${statusTone(one)}>${one.status}<//>`, ` ${one.error ?? ''}`]],
    ['Ended', one.ended_in === 'done' ? 'answered whole' : `by the ${one.ended_by}, in ${one.ended_in}`],
    ['Took', `${ms(one.ms)}, first token after ${ms(one.ttft_ms)}`],
    ['Cache', [one.cache, found, madeFor && [', the answer of ', link(madeFor, madeFor)]]],
    ['Endpoint', one.endpoint ?? '–'],
    ['Tokens', `${count(tokens?.input)} in (${count(tokens?.cachedInput)} cached there), ${count(tokens?.output)} out`],
    ['Cost', `${money(one.cost)}${one.saved === null ? '' : `, ${money(one.saved)} spared`}`],
    ['Key', key === null ? 'none' : `${name ?? ''} ${key}`],
    ['Same id', others.length === 0 ? 'no other' : others.map(({ entry, at }) => link(entry, moment(at)))],
  ];
}

export function statusTone({ status }: Pick<ExchangeRow, 'status'>): Tone {
  if (status >= 500) return 'bad';
  return status >= 400 ? 'warn' : 'good';
}

function Body({ name, body }: { name: string; body: BodyView }): VNode {
  return html`<details open=${body.bytes < 4_096}>
    <summary>${name}, ${bytes(body.bytes)}${body.cut && ', the first 64 KiB'}</summary>
    <pre tabindex="0">${body.text ?? 'No text.'}</pre>
  </details>`;
}
