import { stringify } from 'yaml';

import { readPlainYaml } from '../plain-yaml.ts';
import { fromLitellm } from './litellm.ts';
import type { Remark } from './members.ts';
import { fromPortkey } from './portkey.ts';

const TOOLS = { litellm: fromLitellm, portkey: fromPortkey } as const;

export type OtherTool = keyof typeof TOOLS;

export const OTHER_TOOLS = Object.keys(TOOLS) as readonly OtherTool[];

export interface Migrated {
  /** The text of a llmproxy.yaml. */
  readonly text: string;
  /** What has no equal, and what is left to do. */
  readonly remarks: readonly Remark[];
  /** Nothing in the file became an endpoint. */
  readonly isEmpty: boolean;
}

/** Translates the text of another tool's file. Throws an Error with the line where it is no YAML or JSON. */
export function migrate(tool: OtherTool, text: string): Migrated {
  const remarks: Remark[] = [];
  const config = TOOLS[tool](readPlainYaml(text), remarks);
  const models = Object.values(
    config['models'] as Readonly<Record<string, { readonly endpoints: readonly unknown[] }>>,
  );
  const isEmpty = models.every(({ endpoints }) => endpoints.length === 0);
  return { isEmpty, text: stringify(config, { lineWidth: 0, flowCollectionPadding: true }), remarks };
}

/** One line a remark. */
export function renderRemarks(remarks: readonly Remark[]): string {
  return remarks.map(({ path, message }) => `${path === '' ? 'the file' : path}: ${message}\n`).join('');
}
