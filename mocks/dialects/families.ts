import { AZURE } from './azure/family.ts';
import type { DialectFamily } from './family.ts';
import { GEMINI } from './gemini/family.ts';
import { ANTHROPIC } from './messages/family.ts';
import { OPENAI } from './openai-family.ts';
import type { FamilyId } from './reply.ts';

/** Every family that the mock speaks. */
export const FAMILIES: Readonly<Record<FamilyId, DialectFamily>> = {
  openai: OPENAI,
  anthropic: ANTHROPIC,
  gemini: GEMINI,
  azure: AZURE,
};

export const FAMILY_IDS = Object.keys(FAMILIES) as readonly FamilyId[];
const CLAIMING = Object.values(FAMILIES).filter(({ id }) => id !== 'openai');

/** The family of a request: by its path, else by its headers, else the server's own. */
export function familyFor(
  path: string,
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  otherwise: FamilyId = 'openai',
): FamilyId {
  const claims = CLAIMING.find((family) => family.ownsPath(path)) ?? CLAIMING.find((family) => family.sentBy(headers));
  return claims?.id ?? otherwise;
}

export function familyOf(id: FamilyId = 'openai'): DialectFamily {
  return FAMILIES[id];
}
