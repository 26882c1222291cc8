/** Kinds of terms in a text; each counts once. */
export const TERM_GROUPS = ['simple', 'moderate', 'technical', 'code', 'advanced'] as const;
export type TermGroup = (typeof TERM_GROUPS)[number];

export const TERM_POINTS: Readonly<Record<TermGroup, number>> = {
  simple: -2,
  moderate: 1,
  technical: 3,
  code: 3,
  advanced: 5,
};

/** Lower case. A blank stands for one or more white-space characters. */
export const TERMS: Readonly<Record<TermGroup, readonly string[]>> = {
  simple: list(`hello, hi, hey, thanks, define, translate, summarize, list, short, brief, quick, simple, basic, what is,
    who is, how do i`),
  moderate:
    list(`explain, describe, analyze, compare, evaluate, critique, review, discuss, concept, background, history,
    opinion, advantages, disadvantages, pros and cons`),
  technical: list(`calculate, compute, solve, prove, equation, formula, integral, derivative, theorem, matrix, vector,
    probability, statistics, algebra, calculus, geometry, prime, sqrt, physics, chemistry, biology`),
  code: list(`code, function, class, method, script, debug, refactor, compile, snippet, algorithm, api, endpoint, webhook,
    database, schema, migration, sql, postgresql, redis, json, yaml, xml, regex, docker, kubernetes, def, const, import,
    return, print, async, await, try, catch, typescript, python`),
  advanced: list(`architecture, distributed, scaling, scalability, concurrency, parallelism, throughput, bottleneck,
    cluster, enterprise, global, large-scale, encryption, cryptography, authentication, authorization, oauth, jwt,
    vulnerability, obfuscation, security audit, threat model, load balancing, reverse engineer`),
};

function list(terms: string): readonly string[] {
  return terms.split(',').map((term) => term.trim().replaceAll(/\s+/g, ' '));
}
