import { isJsonObject, type JsonObject } from '../../core/json.ts';
import type { Explanation } from '../../auto/explanation.ts';
import { aligned, cellText } from '../text-table.ts';

/** What the route answers. */
export interface ShownExplanation extends Explanation {
  readonly error: { readonly status: number; readonly code: string; readonly message: string } | null;
}

/** Reads the answer of the route; undefined for anything else. */
export function parseExplanation(text: string): ShownExplanation | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isJsonObject(value) && isExplanation(value) ? (value as unknown as ShownExplanation) : undefined;
}

function isExplanation({ complexity, points, ranking, excluded, requirements, floors }: JsonObject): boolean {
  const lists = [points, ranking, excluded];
  const isWhole = lists.every((list) => Array.isArray(list) && list.every(isJsonObject));
  return typeof complexity === 'string' && isWhole && isJsonObject(requirements) && isJsonObject(floors);
}

/** A page for people: the model, why, the ranking, the models that were left out. */
export function explanationPage(explanation: ShownExplanation): string {
  const { excluded } = explanation;
  const parts = [
    `${headline(explanation)}\n`,
    aligned(reasons(explanation)),
    ...(explanation.ranking.length === 0 ? [] : [rankingTable(explanation)]),
    ...(excluded.length === 0
      ? []
      : [
          aligned([
            ['left out', 'reason'],
            ...excluded.map(({ model, reason }) => [cellText(model), cellText(reason)]),
          ]),
        ]),
  ];
  return parts.join('\n');
}

function headline({ selected, error }: ShownExplanation): string {
  if (error !== null) return `No model: ${error.status} ${cellText(error.code)}. ${cellText(error.message)}`;
  if (selected === null) return 'No model.';
  return `The model is ${cellText(selected.model)} (${cellText(selected.provider)}).`;
}

function reasons(explanation: ShownExplanation): string[][] {
  const { complexity, score, points, tier, effective_tier, floors, relaxed, source, text_tokens } = explanation;
  const sum = points.map(({ reason, points: some }) => `${cellText(reason)} ${signed(some)}`).join(', ');
  const inForce = tier === effective_tier ? '' : `, in force: ${cellText(effective_tier)}`;
  const least = `quality ${floors.quality}, context window ${floors.window}`;
  return [
    ['text', `${text_tokens} tokens`],
    ['complexity', `${cellText(complexity)}, score ${score}${sum === '' ? '' : `: ${sum}`}`],
    ['tier', `${cellText(tier)}${inForce}`],
    ['needs', needs(explanation)],
    ['floors', relaxed ? `${least}; no model meets them, so quality decides` : least],
    [
      'order',
      source === 'value' ? 'by value: quality squared for each US dollar' : 'by the configured order of providers',
    ],
  ];
}

function needs({ requirements: { tools, structured, vision, context_tokens } }: ShownExplanation): string {
  const abilities = [tools && 'tools', structured && 'structured output', vision && 'vision'].filter(
    (ability) => typeof ability === 'string',
  );
  return [...abilities, `a context of ${context_tokens} tokens`].join(', ');
}

function rankingTable({ ranking }: ShownExplanation): string {
  const header = ['rank', 'model', 'provider', 'quality', 'input', 'output', 'effective', 'value', 'window', 'key'];
  const rows = ranking.map((row) => [
    String(row.rank),
    cellText(row.model),
    cellText(row.provider),
    String(row.quality),
    numberCell(row.price?.input),
    numberCell(row.price?.output),
    numberCell(row.effective_price),
    numberCell(row.value),
    String(row.context_window),
    cellText(row.credential),
  ]);
  const words = new Set([1, 2, 9]);
  return `${aligned([header, ...rows], (_cell, column) => !words.has(column))}Prices are US dollars per million tokens.\n`;
}

function numberCell(value: number | null | undefined): string {
  return value === null || value === undefined ? '-' : String(value);
}

function signed(points: number): string {
  return points < 0 ? `−${-points}` : `+${points}`;
}
