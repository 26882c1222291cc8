import { ProxyError } from '../../core/errors.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';

/** What a member may be, and how that is said. */
export interface MemberRule {
  readonly expected: string;
  readonly isRequired?: boolean;
  fits(value: unknown): boolean;
}

export const TEXT: MemberRule = {
  expected: 'text that is not empty',
  fits: (value) => typeof value === 'string' && value !== '',
};

export const FLAG: MemberRule = { expected: 'a boolean', fits: (value) => typeof value === 'boolean' };

export function wholeNumber(least: number, most: number): MemberRule {
  return {
    expected: `a whole number from ${least} to ${most}`,
    fits: (value) => Number.isInteger(value) && Number(value) >= least && Number(value) <= most,
  };
}

/** The members of a JSON body that fit these rules, null as none. Throws ProxyError for others, or where a required one is missing. */
export function membersOf(body: unknown, rules: Readonly<Record<string, MemberRule>>): JsonObject {
  if (!isJsonObject(body)) throw new ProxyError('invalid_json', 'The body is not a JSON object.');
  const given = Object.entries(body).filter(([, value]) => value !== null);
  for (const [name, value] of given) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (rule === undefined) {
      const known = Object.keys(rules).join(', ');
      throw new ProxyError('invalid_value', `Unknown parameter '${name}': expected ${known}.`, { param: name });
    }
    if (!rule.fits(value)) {
      throw new ProxyError('invalid_type', `Invalid ${name}: expected ${rule.expected}.`, { param: name });
    }
  }
  const members = Object.fromEntries(given);
  for (const [name, { isRequired = false }] of Object.entries(rules)) {
    if (isRequired && members[name] === undefined) {
      throw new ProxyError('missing_required_parameter', `Missing required parameter: '${name}'.`, { param: name });
    }
  }
  return members;
}
