import { quote } from '../../json.ts';
import type { HostedKind, HostedRun, HostedUse } from './hosted.ts';

const SHOWN_CHARACTERS = 80;
/** Words of requests whose code leaves a file behind. */
const FILE_WORDS = ['file', 'plot', 'chart', 'csv'];

function run({ asked, definition, ids, random, includes }: HostedUse): HostedRun {
  const { container } = definition;
  const containerId = typeof container === 'string' ? container : `cntr_${random.hex(48)}`;
  const shown = asked.slice(0, SHOWN_CHARACTERS).toWellFormed();
  const filename = 'result.csv';
  const makesFile = FILE_WORDS.some((word) => asked.toLowerCase().includes(word));
  const save = makesFile ? `\nopen(${quote(filename)}, "w").write(text)` : '';
  const outputs = includes('code_interpreter_call.outputs') ? [{ type: 'logs', logs: `${shown.length}\n` }] : null;
  const value = {
    id: ids('ci'),
    type: 'code_interpreter_call',
    status: 'completed',
    code: `text = ${quote(shown)}\nprint(len(text))${save}`,
    container_id: containerId,
    outputs,
  };
  if (!makesFile) return { outputs: [{ value }] };
  const cited = {
    type: 'container_file_citation',
    container_id: containerId,
    end_index: 0,
    file_id: `cfile_${random.hex(32)}`,
    filename,
    start_index: 0,
  };
  return { outputs: [{ value }], annotate: (text) => [{ ...cited, end_index: text.length }] };
}

export const codeInterpreter: HostedKind = {
  keywords: ['code', 'compute', 'calculate', 'python', 'plot', 'solve'],
  byClient: () => false,
  run,
};
