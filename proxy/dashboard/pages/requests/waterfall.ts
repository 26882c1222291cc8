import type { VNode } from 'preact';
import type { AttemptView, ExchangeAnswer } from '../../api/exchanges.ts';
import { ms } from '../../format.ts';
import { html } from '../../html.ts';
import { Badge, Notice } from '../../parts/basics.ts';
import { Table, type Column } from '../../parts/table.ts';

interface Step {
  readonly name: string;
  readonly kind: 'stage' | 'lookup' | 'good' | 'bad';
  readonly begin: number;
  readonly end: number | null;
  readonly attempt?: AttemptView;
}

/** Narrowest bar, in hundredths of the width. */
const NARROWEST = 0.6;

/** Stages, look-up and attempts on one line of time: each a bar with its numbers and its verdict beside it. */
export function Waterfall({ one }: { one: ExchangeAnswer }): VNode {
  const { stages, lookup, tries } = one;
  const steps: Step[] = [
    ...(stages ?? []).map((stage) => ({ ...stage, kind: 'stage' as const })),
    ...(lookup ? [{ ...lookup, name: `cache: ${lookup.tier}`, kind: 'lookup' as const }] : []),
    ...tries.map((attempt) => {
      const kind = attempt.outcome === 'ok' ? ('good' as const) : ('bad' as const);
      return { name: `attempt ${attempt.ordinal}`, kind, begin: attempt.begin, end: attempt.end, attempt };
    }),
  ].toSorted((a, b) => a.begin - b.begin);
  const whole = Math.max(one.ms, ...steps.map(({ end }) => end ?? 0), 0.001);
  return html`${stages === null && html`<${Notice}>Its stages were not marked: no page listened when it came, or many came in that second.<//>`}
    <${Table} label="Where the time went" columns=${columnsOf(whole)} rows=${steps}
      keyOf=${(step: Step) => `${step.name} ${step.begin}`} empty="No endpoint was asked." />`;
}

function columnsOf(whole: number): readonly Column<Step>[] {
  return [
    { name: 'Step', show: ({ name, attempt }) => (attempt?.hedged ? `${name} (hedge)` : name) },
    { name: 'When', show: (step) => html`<${Bar} step=${step} whole=${whole} />` },
    { name: 'From', isNumber: true, show: ({ begin }) => ms(begin) },
    { name: 'Took', isNumber: true, show: ({ begin, end }) => ms((end ?? whole) - begin) },
    { name: 'First event', isNumber: true, show: ({ attempt }) => attempt && ms(attempt.first_event) },
    { name: 'Verdict', show: ({ attempt }) => attempt && html`<${Verdict} of=${attempt} />` },
  ];
}

function Bar({ step: { kind, begin, end, attempt }, whole }: { step: Step; whole: number }): VNode {
  const at = (time: number): number => Math.min((time / whole) * 100, 100 - NARROWEST);
  const wide = Math.max((((end ?? whole) - begin) / whole) * 100, NARROWEST);
  const first = attempt?.first_event ?? null;
  return html`<svg class="waterfall" role="img" aria-label=${`from ${ms(begin)} to ${ms(end ?? whole)} of ${ms(whole)}`}
    viewBox="0 0 100 10" preserveAspectRatio="none">
    <rect class=${`step ${kind}`} x=${at(begin)} width=${wide} height="10" />
    ${first !== null && html`<rect x=${at(first)} width=${NARROWEST} height="10" />`}
  </svg>`;
}

function Verdict({ of: attempt }: { of: AttemptView }): VNode {
  const { outcome, fault, retry, blame, model, translated_to: to } = attempt;
  const tone = outcome === 'ok' ? 'good' : fault === 'none' ? 'plain' : 'bad';
  const as = `${model ? ` as ${model}` : ''}${to ? `, translated to ${to}` : ''}`;
  return html`<div class="verdict">
    <strong>${attempt.endpoint}</strong> <${Badge} tone=${tone}>${outcome ?? 'runs'}<//> ${attempt.status}
    <div>${attempt.meaning} ${attempt.reason}</div>
    <small>${attempt.provider} ${attempt.origin}${as}; fault: ${fault}, retry: ${retry}, blame: ${blame}</small>
  </div>`;
}
