import type { Random } from '../generation/random.ts';
import { secureRandom } from '../generation/random.ts';
import { createTokenizer } from '../generation/tokenizer.ts';
import type { JournalEntry, JournalFilter } from '../journal/entry.ts';
import type { Journal } from '../journal/journal.ts';
import { SharedLimiters } from '../limits/shared.ts';
import type { Clock } from './clock.ts';
import { systemClock } from './clock.ts';
import { RefusalNotices } from './admission/refusal-notices.ts';
import type { CertificateFile } from './tls/certificate-file.ts';
import { VirtualClock } from './virtual-clock.ts';

/** A server of the fleet, as far as its journal goes. */
export interface FleetMember {
  readonly port: number;
  journalOf(tenant: string): Journal;
}

/** What the servers of one fleet share; a server that stands alone has one of its own. */
export class FleetState {
  readonly limiters = new SharedLimiters();
  /** It caches counts, and is the same for all tenants. */
  readonly tokenizer = createTokenizer();
  /** Unguessable. */
  readonly random: Random = secureRandom();
  readonly notices: RefusalNotices;
  readonly #members: FleetMember[] = [];
  readonly #clocks = new Map<string, VirtualClock>();
  #requests = 0;
  #certificate: CertificateFile | undefined;

  /** `print` takes lines for the person who runs the servers; default: standard error. */
  constructor(print: (line: string) => void = (line) => void process.stderr.write(line)) {
    this.notices = new RefusalNotices(print);
  }

  /** The servers in the order in which they were started. */
  get members(): readonly FleetMember[] {
    return this.#members;
  }

  join(member: FleetMember): void {
    this.#members.push(member);
  }

  /** The certificate of all servers that speak TLS; made with the first of them. */
  async certificateFor(host: string | undefined): Promise<CertificateFile> {
    const { CertificateFile: Made } = await import('./tls/certificate-file.ts');
    const hosts = host === undefined || host === '0.0.0.0' || host === '::' ? [] : [host];
    this.#certificate ??= new Made(hosts, systemClock.now());
    return this.#certificate.acquire();
  }

  /** What all servers have seen for a tenant, in the order in which it came. */
  entries(tenant: string, filter?: JournalFilter): readonly JournalEntry[] {
    const all = this.#members.flatMap((member) => member.journalOf(tenant).entries(filter));
    return all.toSorted((a, b) => a.sequence - b.sequence);
  }

  /** The ordinal of a request among all of the fleet, from 1. */
  readonly nextSequence = (): number => (this.#requests += 1);

  /** Time as a tenant sees it, on every server of the fleet. Each tenant's virtual clock is its own, and begins at the present. */
  clockOf(tenant: string, kind: 'real' | 'virtual' = 'real'): Clock {
    if (kind === 'real') return systemClock;
    const known = this.#clocks.get(tenant);
    if (known !== undefined) return known;
    const made = new VirtualClock(Math.floor(systemClock.now()));
    this.#clocks.set(tenant, made);
    return made;
  }

  forget(tenant: string): void {
    this.#clocks.delete(tenant);
  }
}
