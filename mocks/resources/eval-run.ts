import type { DialectContext } from '../dialects/reply.ts';
import { fieldsOf, listOf, numberOf, textOf } from './fields.ts';
import { filled, grade } from './grader.ts';
import { runOperation } from './run-operation.ts';
import type { Fields } from './shape.ts';
import { fileOf } from './table/files.ts';

interface Row {
  readonly item: Fields;
  readonly sample: Fields;
}

/** What a model said about one row. */
interface Sample {
  readonly input: readonly Fields[];
  readonly text: string;
  readonly finish: string;
  readonly usage: Readonly<Record<'prompt_tokens' | 'completion_tokens' | 'total_tokens', number>>;
}

export interface Outcome {
  readonly row: Row;
  readonly sample: Sample;
  readonly results: readonly (Fields & { readonly name: string; readonly passed: boolean })[];
  readonly passed: boolean;
}

function parsedLines(text: string): readonly unknown[] {
  return text.split('\n').flatMap((line) => {
    try {
      return line.trim() === '' ? [] : [JSON.parse(line) as unknown];
    } catch {
      return [];
    }
  });
}

function rowsOf(source: Fields, context: DialectContext): readonly Row[] {
  const content =
    source['type'] === 'file_id'
      ? parsedLines(fileOf(source['id'], context)?.content?.toString() ?? '')
      : listOf(source['content']);
  return content.map(fieldsOf).map(({ item, sample }) => ({ item: fieldsOf(item), sample: fieldsOf(sample) }));
}

const NO_USAGE = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };

function messagesOf(dataSource: Fields, row: Row): readonly Fields[] {
  return listOf(fieldsOf(dataSource['input_messages'])['template'])
    .map(fieldsOf)
    .map(({ role, content }) => ({
      role: textOf(role, 'user'),
      content: filled(textOf(content, textOf(fieldsOf(content)['text'])), { item: row.item }),
    }));
}

/** The answer of the server's own model to the row's messages. */
function sampled(dataSource: Fields, row: Row, context: DialectContext): Sample {
  const messages = messagesOf(dataSource, row);
  const input = messages.length > 0 ? messages : [{ role: 'user', content: JSON.stringify(row.item) }];
  const body = { model: textOf(dataSource['model'], 'gpt-4o-mini'), messages: input };
  const reply = runOperation('/v1/chat/completions', body, context);
  const answer = fieldsOf(reply?.kind === 'json' ? (JSON.parse(reply.body) as unknown) : undefined);
  const choice = fieldsOf(listOf(answer['choices'])[0]);
  const usage = fieldsOf(answer['usage']);
  return {
    input,
    text: textOf(fieldsOf(choice['message'])['content']),
    finish: textOf(choice['finish_reason'], 'stop'),
    usage: {
      prompt_tokens: numberOf(usage['prompt_tokens'], 0),
      completion_tokens: numberOf(usage['completion_tokens'], 0),
      total_tokens: numberOf(usage['total_tokens'], 0),
    },
  };
}

/** Runs every row of a run's data source and grades it by the eval's criteria. */
export function runEval(dataSource: Fields, criteria: readonly Fields[], context: DialectContext): readonly Outcome[] {
  return rowsOf(fieldsOf(dataSource['source']), context).map((row) => {
    const given = textOf(row.sample['output_text']);
    const sample =
      dataSource['type'] === 'jsonl'
        ? { input: [], text: given, finish: 'stop', usage: NO_USAGE }
        : sampled(dataSource, row, context);
    const variables = { item: row.item, sample: { ...row.sample, output_text: sample.text } };
    const results = criteria.map((criterion) => {
      const { score, passed } = grade(criterion, variables);
      return {
        name: textOf(criterion['id'], textOf(criterion['name'])),
        type: textOf(criterion['type']),
        score,
        passed,
      };
    });
    return { row, sample, results, passed: results.every(({ passed }) => passed) };
  });
}
