import { containerFor } from '../../container.ts';
import { asText } from '../../content.ts';
import { isBody } from '../../validate.ts';
import type { HostedKind, HostedRun, HostedUse } from './hosted.ts';

const SCREENSHOT = { type: 'screenshot' };
const WORDS = {
  computer:
    'click screen browser computer website page navigate visit open bing type scroll form check book log in'.split(' '),
  shell: 'shell command terminal list run file folder directory disk install execute script process largest'.split(' '),
};
const byClient = (): boolean => true;
const callId = ({ random }: HostedUse): string => `call_${random.alnum(24)}`;

function useComputer(use: HostedUse): HostedRun {
  const acts = use.definition['type'] === 'computer' ? { actions: [SCREENSHOT] } : { action: SCREENSHOT };
  const head = { id: use.ids('cu'), type: 'computer_call', status: 'completed' };
  return { outputs: [{ value: { ...head, ...acts, call_id: callId(use), pending_safety_checks: [] } }] };
}

function useLocalShell(use: HostedUse): HostedRun {
  const action = {
    type: 'exec',
    command: ['ls', '-la'],
    env: {},
    timeout_ms: null,
    user: null,
    working_directory: null,
  };
  const value = { id: use.ids('lsh'), type: 'local_shell_call', status: 'completed', action, call_id: callId(use) };
  return { outputs: [{ value }] };
}

const environmentType = (environment: unknown): string => (isBody(environment) ? asText(environment['type']) : '');

function runsInContainer(environment: unknown): boolean {
  return environmentType(environment).startsWith('container');
}

/** In a container the provider runs the commands itself and shows what they printed. */
function useShell(use: HostedUse): HostedRun {
  const { environment } = use.definition;
  const call_id = callId(use);
  const given = isBody(environment) ? asText(environment['container_id']) : '';
  const inContainer = runsInContainer(environment);
  const shown = inContainer
    ? { type: 'container_reference', container_id: containerFor(given || environment, use.context) }
    : { type: 'local' };
  const call = {
    id: use.ids('sh'),
    type: 'shell_call',
    status: 'completed',
    action: { commands: ['ls -la', 'pwd'], max_output_length: null, timeout_ms: null },
    call_id,
    environment: shown,
  };
  if (!inContainer) return { outputs: [{ value: call }] };
  const exited = { outcome: { type: 'exit', exit_code: 0 }, stderr: '' };
  const output = [
    { ...exited, stdout: 'total 0\n' },
    { ...exited, stdout: '/home/user\n' },
  ];
  const result = {
    id: use.ids('sho'),
    type: 'shell_call_output',
    status: 'completed',
    call_id,
    max_output_length: null,
    output,
  };
  return { outputs: [{ value: call }, { value: result }] };
}

function applyPatchTo(use: HostedUse): HostedRun {
  const operation = { type: 'create_file', diff: '+# Notes\n+\n+Written by the mock.\n', path: 'NOTES.md' };
  const value = { id: use.ids('apc'), type: 'apply_patch_call', status: 'completed', call_id: callId(use), operation };
  return { outputs: [{ value }] };
}

export const computer: HostedKind = { keywords: WORDS.computer, byClient, run: useComputer };

export const localShell: HostedKind = { keywords: WORDS.shell, byClient, run: useLocalShell };

export const shell: HostedKind = {
  keywords: WORDS.shell,
  byClient: ({ environment }) => !runsInContainer(environment),
  run: useShell,
};

export const applyPatch: HostedKind = {
  keywords: [
    'patch',
    'edit',
    'change',
    'fix',
    'write a file',
    'refactor',
    'rename',
    'update',
    'implement',
    'create',
    'bug',
  ],
  byClient,
  run: applyPatchTo,
};
