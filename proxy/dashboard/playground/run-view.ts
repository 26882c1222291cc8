import type { VNode } from 'preact';
import { session } from '../client.ts';
import { ms } from '../format.ts';
import { html } from '../html.ts';
import { Badge, Notice } from '../parts/basics.ts';
import { curlOf, type Run } from './run.ts';

const TONES = { running: 'plain', done: 'good', stopped: 'warn', failed: 'bad' } as const;

/** A request that runs or has ended: what the answer says, and all that came with it. */
export function RunView({ run, onStop }: { run: Run; onStop: () => void }): VNode {
  const { answer, state, status, headers, events, call } = run;
  const own = headers.filter(([name]) => /^(?:x-llmproxy-|x-request-id|cache-status|age$)/.test(name));
  return html`<div class="bar-line">
      <span role="status"><${Badge} tone=${TONES[state]}>${state}<//> ${status ?? ''} ${answer.finish ?? ''}</span>
      <span class="soft">first token ${ms(run.firstMs)} · total ${ms(run.totalMs)}</span>
      ${state === 'running' ? html`<button type="button" onClick=${onStop}>Stop this one</button>` : null}
    </div>
    ${answer.fault === undefined ? null : html`<${Notice} tone="bad">${answer.fault}<//>`}
    ${answer.reasoning === '' ? null : html`<p class="said soft">Reasoning: ${answer.reasoning}</p>`}
    <p class="said">${answer.text}</p>
    ${answer.tools.map(({ name, input }, at) => html`<pre key=${at}>${`${name}(${input})`}</pre>`)}
    ${answer.usage ? html`<p class="said soft mono">${JSON.stringify(answer.usage)}</p>` : null}
    <${Pairs} pairs=${own} />
    <details>
      <summary>All headers (${headers.length})</summary>
      <${Pairs} pairs=${headers} />
    </details>
    <details>
      <summary>As it came (${events.length})</summary>
      <pre tabindex="0">${events.join('\n\n')}</pre>
    </details>
    <details>
      <summary>curl</summary>
      <pre tabindex="0">${curlOf(call, location.origin, session.value?.needs_token === true)}</pre>
    </details>`;
}

function Pairs({ pairs }: { pairs: Run['headers'] }): VNode {
  return html`<dl>
    ${pairs.map(
      ([name, value]) =>
        html`<dt key=${name}>${name}</dt>
          <dd>${value}</dd>`,
    )}
  </dl>`;
}
