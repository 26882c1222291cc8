import type { VNode } from 'preact';
import { html, type Content } from '../html.ts';

/** One number with its name: the tiles at the top of a page. */
export function Tile({ name, value, note }: { name: string; value: string; note?: Content }): VNode {
  return html`<div class="tile">
    <span class="tile-name">${name}</span><strong>${value}</strong><small>${note}</small>
  </div>`;
}

export type Tone = 'good' | 'warn' | 'bad' | 'plain';

/** A word of state, with its colour. */
export function Badge({ tone = 'plain', children }: { tone?: Tone; children?: Content }): VNode {
  return html`<span class=${`badge ${tone}`}>${children}</span>`;
}

/** A share from 0 to 1 as a bar, with text for those who do not see it. */
export function Bar({ share, label, tone = 'plain' }: { share: number; label: string; tone?: Tone }): VNode {
  const width = Math.min(1, Math.max(0, share)) * 100;
  return html`<span class="bar-cell"
    ><svg class=${`bar ${tone}`} role="img" aria-label=${label} viewBox="0 0 100 8" preserveAspectRatio="none">
      <rect class="bar-back" width="100" height="8" rx="2" />
      <rect class="bar-front" width=${width} height="8" rx="2" />
    </svg>
    <small>${label}</small></span>`;
}

/** A part of a page with a heading. `actions`: buttons at its right. */
export function Section({ title, actions, children }: { title: string; actions?: Content; children?: Content }): VNode {
  return html`<section class="panel">
    <header class="panel-head">
      <h2>${title}</h2>
      <div class="actions">${actions}</div>
    </header>
    ${children}
  </section>`;
}

/** What is shown in place of data: that it is being fetched, that there is none, that it failed. */
export function Notice({ tone = 'plain', children }: { tone?: Tone; children?: Content }): VNode {
  return html`<p class=${`notice ${tone}`} role=${tone === 'bad' ? 'alert' : 'status'}>${children}</p>`;
}
