import type { CommandShape, OptionShape } from './shape.ts';

/** Text in single quotes. */
const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`;

const at = (path: string): string => `complete -c llmproxy -n ${quoted(`__llmproxy_at ${quoted(path)}`)}`;

function optionLine(path: string, { flags, description, takesValue, choices, takesFile }: OptionShape): string {
  const names = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
  const value = !takesValue
    ? ''
    : takesFile
      ? ' -r -F'
      : ` -x${choices.length > 0 ? ` -a ${quoted(choices.join(' '))}` : ''}`;
  return `${at(path)} ${names.join(' ')}${value} -d ${quoted(description)}`;
}

function linesOf({ path, commands, options, choices, takesFile }: CommandShape): readonly string[] {
  return [
    ...commands.map(({ name, description }) => `${at(path)} -a ${name} -d ${quoted(description)}`),
    ...choices.map((choice) => `${at(path)} -a ${choice}`),
    ...(takesFile ? [`${at(path)} -F`] : []),
    ...options.map((option) => optionLine(path, option)),
  ];
}

/** The completion script for fish 3.1 and newer. */
export function fishScript(shapes: readonly CommandShape[]): string {
  const valued = shapes.flatMap(({ path, options }) =>
    options.flatMap(({ flags, takesValue }) => (takesValue ? flags.map((flag) => quoted(`${path} ${flag}`)) : [])),
  );
  const known = shapes.flatMap(({ path }) => (path === '' ? [] : [quoted(path)]));
  return `# Completion of llmproxy for fish. Written by: llmproxy completion fish

# Whether the words so far name this command.
function __llmproxy_at
    set -l path ''
    set -l skip no
    set -l words (commandline -opc)
    for word in $words[2..-1]
        if test $skip = yes
            set skip no
        else if contains -- "$path $word" ${valued.join(' ')}
            set skip yes
        else
            set -l next (string trim -- "$path $word")
            if contains -- $next ${known.join(' ')}
                set path $next
            end
        end
    end
    test "$path" = "$argv[1]"
end

complete -c llmproxy -f
${shapes.flatMap(linesOf).join('\n')}
`;
}
