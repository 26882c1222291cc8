import { expect, test } from 'vitest';
import { renderDashboard } from '../../tools/monitoring-dashboard.ts';
import { readSource } from './sources.ts';

test('the dashboard is the one that its panels make', () => {
  expect(readSource('deploy/monitoring/grafana-dashboard.json'), 'run `npm run docs`').toBe(renderDashboard());
});

test('panels have ids of their own, and none lies over another', () => {
  const { panels } = JSON.parse(renderDashboard()) as {
    panels: { id: number; gridPos: { x: number; y: number; w: number } }[];
  };
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  expect(new Set(panels.map(({ gridPos: { x, y } }) => `${x} ${y}`)).size).toBe(panels.length);
  expect(panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true);
});
