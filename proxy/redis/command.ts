/** One command: its name and arguments. */
export type Command = readonly [name: string, ...args: (string | number | Buffer)[]];
