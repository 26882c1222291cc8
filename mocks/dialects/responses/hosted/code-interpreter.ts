import { computation } from '../../../generation/computation.ts';
import { containerFor, putContainerFile } from '../../container.ts';
import type { HostedKind, HostedRun, HostedUse } from './hosted.ts';

/** Words of requests whose code leaves a file behind. */
const FILE_WORDS = ['file', 'plot', 'chart', 'csv'];
const FILENAME = 'result.csv';

function run({ asked, definition, ids, context, includes }: HostedUse): HostedRun {
  const containerId = containerFor(definition['container'], context);
  const makesFile = FILE_WORDS.some((word) => asked.toLowerCase().includes(word));
  const { code, printed } = computation(asked);
  const save = makesFile ? `\nopen("${FILENAME}", "w").write(str(result))` : '';
  const logs = `${printed}\n`;
  const value = {
    id: ids('ci'),
    type: 'code_interpreter_call',
    status: 'completed',
    code: `${code}${save}`,
    container_id: containerId,
    outputs: includes('code_interpreter_call.outputs') ? [{ type: 'logs', logs }] : null,
  };
  if (!makesFile) return { outputs: [{ value }] };
  const file = { name: FILENAME, content: Buffer.from(printed), source: 'assistant' } as const;
  const cited = {
    type: 'container_file_citation',
    container_id: containerId,
    end_index: 0,
    file_id: putContainerFile(containerId, file, context),
    filename: FILENAME,
    start_index: 0,
  };
  return { outputs: [{ value }], annotate: (text) => [{ ...cited, end_index: text.length }] };
}

export const codeInterpreter: HostedKind = {
  keywords: [
    'code',
    'compute',
    'calculate',
    'python',
    'plot',
    'chart',
    'solve',
    'equation',
    'graph',
    'csv',
    'statistic',
    'average',
  ],
  byClient: () => false,
  run,
};
