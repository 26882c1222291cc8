import type { CommandShape, OptionShape } from './shape.ts';

/** Text in single quotes. */
const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;
/** A word and what it stands for, with a colon between them, as `_describe` has it. */
const described = (name: string, description: string): string =>
  quoted(`${name.replaceAll(':', String.raw`\:`)}:${description.replaceAll('\n', ' ')}`);

function commandCase({ path, commands, options, choices, takesFile }: CommandShape): string {
  const words = [...commands.map(({ name, description }) => described(name, description)), ...choices.map(quoted)];
  const flags = options.flatMap((option) => option.flags.map((flag) => described(flag, option.description)));
  const valued = options.flatMap((option) => (option.takesValue ? option.flags : []));
  return `    '${path}')
      offered=(${words.join(' ')})
      options=(${flags.join(' ')})
      valued=(${valued.join(' ')}) files='${takesFile ? 'yes' : ''}'
      ;;`;
}

function valueCase(path: string, { flags, choices, takesFile }: OptionShape): readonly string[] {
  const patterns = flags.map((flag) => `'${path} ${flag}'`).join(' | ');
  if (choices.length > 0) return [`    ${patterns}) offered=(${choices.map(quoted).join(' ')}) ;;`];
  return takesFile ? [`    ${patterns}) files='yes' ;;`] : [];
}

/** The completion script for zsh 5 and newer: a file of \`fpath\`, or text that is sourced. */
export function zshScript(shapes: readonly CommandShape[]): string {
  const known = shapes.flatMap(({ path }) => (path === '' ? [] : [`'${path}'`]));
  const values = shapes.flatMap(({ path, options }) => options.flatMap((option) => valueCase(path, option)));
  return `#compdef llmproxy
# Completion of llmproxy for zsh. Written by: llmproxy completion zsh

_llmproxy_command() {
  case "$1" in
${shapes.map(commandCase).join('\n')}
  esac
}

_llmproxy_value() {
  offered=() files=''
  case "$1" in
${values.join('\n')}
  esac
}

_llmproxy_complete() {
  local -a line offered options valued
  local current before path_of='' next files='' i
  line=("\${(@)argv[2,-1]}")
  local -i at=$1
  current="\${line[at]}" before="\${line[at - 1]}"
  _llmproxy_command ''
  for ((i = 2; i < at; i++)); do
    if ((\${valued[(Ie)\${line[i]}]})); then
      i=$((i + 1))
      continue
    fi
    next="\${path_of:+$path_of }\${line[i]}"
    case "$next" in
      ${known.join(' | ')})
        path_of="$next"
        _llmproxy_command "$path_of"
        ;;
    esac
  done
  if ((at > 2 && \${valued[(Ie)$before]})); then
    _llmproxy_value "$path_of $before"
  elif [[ "$current" == -* ]]; then
    offered=("\${options[@]}") files=''
  fi
  if ((\${#offered})); then _describe 'llmproxy' offered; fi
  if [[ -n "$files" ]]; then _files; fi
}

_llmproxy() {
  _llmproxy_complete "$CURRENT" "\${words[@]}"
}

if [[ "\${funcstack[1]}" == _llmproxy ]]; then
  _llmproxy "$@"
elif ((\${+functions[compdef]})); then
  compdef _llmproxy llmproxy
fi
`;
}
