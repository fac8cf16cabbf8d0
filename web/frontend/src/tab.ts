// What a tab remembers of its agent while it is loaded anew, or has crashed: she is
// available again, and muted as before. A tab that was duplicated has a copy of this
// memory; the first tab holds the lock, and tells the copy so. The browser takes the lock from
// a page that was left a moment later (on a busy machine after seconds), and such a page
// answers no message. Browsers do not freeze a page that holds a lock.

const place = "presszero.desk"; // in sessionStorage
const lockName = "presszero-desk";
const lasts = 2 * 60_000; // ms; a browser that opens yesterday's tabs makes nobody available
const lockWithin = 5_000; // ms; then another window holds it, although it does not answer

export interface Memory {
  available: boolean;
  talk: string; // the call that she has; "": none…
  muted: boolean; // …and whether she has muted herself in it
}

interface Stored extends Memory {
  agent: string;
  at: number;
  left: boolean; // the page was left; false in a memory: it has crashed
}

/** isFresh: what is stored is of this agent, and the page that stored it is the same that is loaded anew. */
export function isFresh(stored: Stored, agent: string, now: number, loadedBy: string): boolean {
  const again = !stored.left || loadedBy === "reload" || loadedBy === "back_forward";
  return again && stored.agent === agent && now - stored.at < lasts;
}

export class Tab {
  private release = () => {};
  private readonly given = new AbortController();
  private windows: BroadcastChannel | null = null; // of the same browser

  constructor(private readonly agent: string) {}

  /** recall is what this tab remembers; null: it is new here, a copy, or was left for good. */
  async recall(): Promise<Memory | null> {
    const alone = this.lock();
    const text = sessionStorage.getItem(place);
    if (!text || !(await alone)) return null;
    const [loaded] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
    const stored = JSON.parse(text) as Stored;
    return isFresh(stored, this.agent, Date.now(), loaded?.type ?? "") ? stored : null;
  }

  keep(memory: Memory, left = false): void {
    const stored: Stored = { ...memory, agent: this.agent, at: Date.now(), left };
    sessionStorage.setItem(place, JSON.stringify(stored));
  }

  forget(): void {
    sessionStorage.removeItem(place);
  }

  /** leave gives the lock to another window. */
  leave(): void {
    this.windows?.close();
    this.given.abort();
    this.release();
  }

  /** lock reports whether no other window of this browser is the agent's. The lock is waited for until leave. */
  private lock(): Promise<boolean> {
    if (!navigator.locks) return Promise.resolve(true); // not by https: there is no microphone either
    const windows = new BroadcastChannel(lockName);
    this.windows = windows;
    return new Promise((done) => {
      setTimeout(() => done(false), lockWithin);
      let holds = false;
      windows.onmessage = ({ data }) => {
        if (data === "held") done(false);
        else if (holds) windows.postMessage("held");
      };
      windows.postMessage("who holds the lock?");
      const held = () => {
        holds = true;
        done(true);
        return new Promise<void>((release) => {
          this.release = release;
        });
      };
      navigator.locks.request(lockName, { signal: this.given.signal }, held).catch(() => {}); // given up
    });
  }
}

const notePlace = "presszero.note";

/** noteOf is what the agent has begun to write in this call. */
export function noteOf(call: string): string {
  const note = JSON.parse(sessionStorage.getItem(notePlace) ?? "null") as { call: string; text: string } | null;
  return note?.call === call ? note.text : "";
}

/** keepNote keeps it in this tab until it writes in another call. */
export function keepNote(call: string, text: string): void {
  sessionStorage.setItem(notePlace, JSON.stringify({ call, text }));
}
