import { Document } from 'yaml';
import type { ConfigRow, SettingSource } from './row.ts';

/** Settings as a configuration file, each with its source as a comment. `text` words a source. */
export function yamlOf(rows: readonly ConfigRow[], text: (source: SettingSource) => string): string {
  const document = new Document({});
  for (const { keys, value, source } of rows) {
    if (keys.length === 0) continue;
    const node = document.createNode(value, { flow: true });
    node.comment = ` ${text(source)}`;
    document.setIn(keys, node);
  }
  const others = rows.filter(({ keys }) => keys.length === 0);
  const comments = others.map(({ path, value, source }) => `# ${path}: ${String(value)} # ${text(source)}\n`);
  return `${document.toString({ lineWidth: 0, flowCollectionPadding: false })}${comments.join('')}`;
}
