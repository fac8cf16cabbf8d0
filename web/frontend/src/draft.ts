// What an agent has typed about a talk and the server does not have yet. It survives
// a reload and a lost line; other tabs do not see it.

export interface Draft {
  code: string;
  note: string;
  complaint: string;
  complains: boolean;
  at: string; // of a callback, as <input type="datetime-local"> has it
}

const prefix = "presszero-draft:";
const most = 20; // drafts that are kept

/** keep writes a draft down; the oldest are dropped. */
export function keep(call: string, draft: Draft): void {
  const mine = prefix + call;
  sessionStorage.setItem(mine, JSON.stringify({ kept: Date.now(), draft }));
  const all = drafts();
  if (all.length <= most) return;
  const age = (call: string) => (JSON.parse(sessionStorage.getItem(prefix + call) ?? "{}") as { kept?: number }).kept ?? 0;
  all.sort((a, b) => age(a) - age(b));
  for (const old of all.slice(0, all.length - most)) drop(old);
}

/** drafts are the calls about which there is one. */
export function drafts(): string[] {
  return Object.keys(sessionStorage)
    .filter((key) => key.startsWith(prefix))
    .map((key) => key.slice(prefix.length));
}

/** kept is the draft about a call, or null. */
export function kept(call: string): Draft | null {
  try {
    return (JSON.parse(sessionStorage.getItem(prefix + call) ?? "null") as { draft: Draft } | null)?.draft ?? null;
  } catch {
    return null;
  }
}

/** drop: the server has all of it. */
export function drop(call: string): void {
  sessionStorage.removeItem(prefix + call);
}
