import { ROWS, type Panel } from './monitoring/panels.ts';

const WIDTH = 24;
const HEIGHT = 8;
const PER_LINE = 3;
/** Grafana 11; later ones read it too. */
const SCHEMA_VERSION = 39;
const SOURCE = { type: 'prometheus', uid: '${datasource}' };

interface Place {
  readonly x: number;
  readonly y: number;
}

function panelOf({ title, unit, queries }: Panel, id: number, { x, y }: Place): object {
  return {
    id,
    type: 'timeseries',
    title,
    datasource: SOURCE,
    gridPos: { x, y, w: WIDTH / PER_LINE, h: HEIGHT },
    fieldConfig: { defaults: { unit, min: 0, custom: { fillOpacity: 8, showPoints: 'never' } }, overrides: [] },
    options: { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } },
    targets: queries.map(({ expr, legend }, index) => ({
      refId: 'ABCDEFGH'.charAt(index),
      datasource: SOURCE,
      expr,
      legendFormat: legend,
    })),
  };
}

function panels(): object[] {
  const made: object[] = [];
  let y = 0;
  for (const { title, panels: plots } of ROWS) {
    made.push({
      id: made.length + 1,
      type: 'row',
      title,
      collapsed: false,
      gridPos: { x: 0, y, w: WIDTH, h: 1 },
      panels: [],
    });
    y += 1;
    for (const [index, plot] of plots.entries()) {
      const place = { x: (index % PER_LINE) * (WIDTH / PER_LINE), y: y + Math.floor(index / PER_LINE) * HEIGHT };
      made.push(panelOf(plot, made.length + 1, place));
    }
    y += Math.ceil(plots.length / PER_LINE) * HEIGHT;
  }
  return made;
}

function choice(name: string, label: string, query: string): object {
  return {
    name,
    label,
    type: 'query',
    datasource: SOURCE,
    definition: query,
    query: { query, refId: name },
    refresh: 2,
    includeAll: true,
    multi: true,
    allValue: '.*',
    current: { text: 'All', value: '$__all' },
  };
}

/** The dashboard as Grafana imports it. */
export function renderDashboard(): string {
  const dashboard = {
    title: 'llmproxy',
    uid: 'llmproxy',
    tags: ['llmproxy'],
    schemaVersion: SCHEMA_VERSION,
    editable: true,
    refresh: '30s',
    time: { from: 'now-1h', to: 'now' },
    templating: {
      list: [
        { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus' },
        choice('instance', 'Replica', 'label_values(llmproxy_build_info, instance)'),
        choice('model', 'Model', 'label_values(llmproxy_requests_total, model)'),
      ],
    },
    panels: panels(),
  };
  return `${JSON.stringify(dashboard, undefined, 2)}\n`;
}
