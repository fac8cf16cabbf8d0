// What is open beside the floor, which is in the address: #queue/support.
import { useEffect, useState } from "preact/hooks";

export interface Opened {
  kind: string; // queue, agent, listen (to an agent), caller, emergency
  name: string;
}

export function addressOf(kind: string, name = ""): string {
  return name ? `#${kind}/${encodeURIComponent(name)}` : `#${kind}`;
}

/** openedBy reads an address; null: nothing is open. */
export function openedBy(hash: string): Opened | null {
  const [kind, name] = hash.replace(/^#/, "").split("/", 2);
  if (!kind) return null;
  try {
    return { kind, name: decodeURIComponent(name ?? "") };
  } catch {
    return null; // no address of ours
  }
}

/** useOpened follows the address; close goes to that of the floor alone. The browser's way back closes, too. */
export function useOpened(): { opened: Opened | null; close: () => void } {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const follow = () => setHash(location.hash);
    addEventListener("hashchange", follow);
    addEventListener("popstate", follow);
    return () => {
      removeEventListener("hashchange", follow);
      removeEventListener("popstate", follow);
    };
  }, []);
  const close = () => {
    history.pushState(null, "", location.pathname);
    setHash("");
  };
  return { opened: openedBy(hash), close };
}
