import { parseDocument } from 'yaml';

/** The value of a YAML or JSON text that is no configuration: nothing in it is a variable. Throws an Error with the line. */
export function readPlainYaml(text: string): unknown {
  const document = parseDocument(text, { prettyErrors: true });
  const [fault] = document.errors;
  // What follows the first line of the message is an excerpt of the text.
  if (fault !== undefined) throw new Error(fault.message.split('\n', 1)[0]);
  return document.toJS();
}
