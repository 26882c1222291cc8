import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { textOf } from '../fields.ts';

/** Between the namespace of a tool and its own name, where a protocol knows names alone. */
const BETWEEN = '__';

interface Named {
  readonly name: string;
  readonly namespace?: string;
}

/** The name of a tool that no protocol but Responses knows to be in a namespace. */
export function joinedName({ name, namespace }: Named): string {
  return namespace === undefined ? name : namespace + BETWEEN + name;
}

/** A list of tools in which those of namespaces stand beside the others, by their joined names. What is no namespace stays as it is. */
export function withoutNamespaces(tools: Json | undefined): Json | undefined {
  if (!Array.isArray(tools)) return tools;
  return tools.flatMap((tool): Json[] => (isNamespace(tool) ? besideOthers(tool) : [tool]));
}

function besideOthers(space: JsonObject): JsonObject[] {
  return membersOf(space).map((member) => ({ ...member, name: joinedName(namedIn(space, member)) }));
}

/** Whether a list of tools describes a namespace, which is told nowhere else. */
export function describesNamespace(tools: Json | undefined): boolean {
  return Array.isArray(tools) && tools.some((tool) => isNamespace(tool) && Boolean(textOf(tool['description'])));
}

/** Names and namespaces of a request's tools by their joined names. */
export function namespacesOf(tools: Json | undefined): ReadonlyMap<string, Named> {
  const spaces = Array.isArray(tools) ? tools.filter(isNamespace) : [];
  const named = spaces.flatMap((space) => membersOf(space).map((member) => namedIn(space, member)));
  return new Map(named.map((one) => [joinedName(one), one]));
}

function isNamespace(tool: Json): tool is JsonObject {
  return isJsonObject(tool) && tool['type'] === 'namespace';
}

function membersOf({ tools }: JsonObject): JsonObject[] {
  return Array.isArray(tools) ? tools.filter(isJsonObject) : [];
}

function namedIn(space: JsonObject, member: JsonObject): Named {
  return { name: textOf(member['name']) ?? '', namespace: textOf(space['name']) ?? '' };
}
