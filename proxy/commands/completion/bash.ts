import type { CommandShape } from './shape.ts';

const flagsOf = ({ options }: CommandShape): string => options.flatMap(({ flags }) => flags).join(' ');
const valued = ({ options }: CommandShape): string =>
  options.flatMap(({ flags, takesValue }) => (takesValue ? flags : [])).join(' ');

/** The words and options of one command, as a case of the shell. */
function commandCase(shape: CommandShape): string {
  const { path, commands, choices, takesFile } = shape;
  const words = [...commands.map(({ name }) => name), ...choices].join(' ');
  return `    '${path}') words='${words}' options='${flagsOf(shape)}' valued='${valued(shape)}' files='${takesFile ? 'yes' : ''}' ;;`;
}

/** What values an option takes: words, or files. Others have no case: nothing is completed. */
function valueCases({ path, options }: CommandShape): readonly string[] {
  return options.flatMap(({ flags, choices, takesFile }) => {
    const patterns = flags.map((flag) => `'${path} ${flag}'`).join(' | ');
    if (choices.length > 0) return [`    ${patterns}) words='${choices.join(' ')}' files='' ;;`];
    return takesFile ? [`    ${patterns}) words='' files='yes' ;;`] : [];
  });
}

/** The completion script for bash 3.2 and newer. */
export function bashScript(shapes: readonly CommandShape[]): string {
  const known = shapes.flatMap(({ path }) => (path === '' ? [] : [`'${path}'`]));
  return `# Completion of llmproxy for bash. Written by: llmproxy completion bash

_llmproxy_command() {
  case "$1" in
${shapes.map(commandCase).join('\n')}
  esac
}

_llmproxy_value() {
  words='' files=''
  case "$1" in
${shapes.flatMap(valueCases).join('\n')}
  esac
}

_llmproxy() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD - 1]}"
  local path='' next words options valued files i
  _llmproxy_command ''
  for ((i = 1; i < COMP_CWORD; i++)); do
    if [[ " $valued " == *" \${COMP_WORDS[i]} "* ]]; then
      i=$((i + 1))
      continue
    fi
    next="\${path:+$path }\${COMP_WORDS[i]}"
    case "$next" in
      ${known.join(' | ')})
        path="$next"
        _llmproxy_command "$path"
        ;;
    esac
  done
  if [[ " $valued " == *" $before "* ]]; then
    _llmproxy_value "$path $before"
  elif [[ "$current" == -* ]]; then
    words="$options" files=''
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [[ -n "$files" ]]; then
    compopt -o filenames 2>/dev/null
    COMPREPLY+=($(compgen -f -- "$current"))
  fi
}

complete -F _llmproxy llmproxy
`;
}
